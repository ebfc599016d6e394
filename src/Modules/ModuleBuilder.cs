namespace Islet.Modules;

/// <summary>
/// The common part of the builders of all products: everything that <see cref="ContainerBuilder"/> offers, TLS, and passwords that the
/// caller need not choose.
/// </summary>
/// <typeparam name="TBuilder">The deriving type, which each method returns.</typeparam>
/// <typeparam name="TContainer">The type of the started container.</typeparam>
public abstract class ModuleBuilder<TBuilder, TContainer> : ContainerBuilder<TBuilder, TContainer>
    where TBuilder : ModuleBuilder<TBuilder, TContainer>
    where TContainer : ModuleContainer
{
    /// <summary>Begins with the defaults of a product.</summary>
    protected ModuleBuilder(ContainerBuilder defaults)
        : base(defaults)
    {
    }

    /// <summary>Whether <see cref="WithTls"/> was called.</summary>
    protected bool UsesTls { get; private set; }

    /// <summary>The server's certificate, in a completed builder; <see langword="null"/> without TLS.</summary>
    protected ServerCertificate? Certificate { get; private set; }

    /// <summary>
    /// Makes the server speak TLS, with a certificate for <c>localhost</c> and <c>127.0.0.1</c> that this cache directory keeps. The
    /// connection string asks for it; <see cref="ModuleContainer.Certificate"/> is for clients that need the certificate.
    /// </summary>
    public virtual TBuilder WithTls() => With(copy => copy.UsesTls = true);

    /// <inheritdoc/>
    protected override TBuilder Complete(ContainerRuntime runtime)
    {
        TBuilder builder = base.Complete(runtime);
        if (!UsesTls)
            return builder;

        ArgumentNullException.ThrowIfNull(runtime);
        var certificate = ServerCertificate.ReadOrCreate(runtime.OpenCacheDirectory());
        ModuleBuilder<TBuilder, TContainer> secured = builder
            .WithFile(ServerCertificate.ContainerPath, certificate.ToPem())
            .WithFile(ServerCertificate.ContainerKeyPath, certificate.KeyToPem());
        return secured.With(copy => copy.Certificate = certificate);
    }

    /// <summary>Returns the value of an environment variable as far as it is known: the caller's, otherwise the default.</summary>
    protected string Variable(string name, string otherwise) => Environment.GetValueOrDefault(name, otherwise);

    /// <summary>Sets environment variables that the caller has not set.</summary>
    protected TBuilder WithDefaults(params IReadOnlyList<(string Name, string Value)> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return WithEnvironment(variables
            .Where(variable => !Environment.ContainsKey(variable.Name))
            .Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));
    }
}
