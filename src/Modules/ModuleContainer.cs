namespace Islet.Modules;

/// <summary>
/// A container with a known product in it: it offers everything that <see cref="Container"/> does, and members for the product. Disposing
/// it ends the container.
/// </summary>
/// <typeparam name="TContainer">The deriving type.</typeparam>
public abstract partial class ModuleContainer<TContainer> : IContainer<TContainer>
    where TContainer : ModuleContainer<TContainer>
{
    private readonly int _port;

    /// <summary>Wraps a container, which it then owns.</summary>
    /// <param name="container">The running container.</param>
    /// <param name="port">The port inside on which the product serves clients.</param>
    /// <param name="certificate">The certificate that the server shows to clients, if it speaks TLS.</param>
    protected ModuleContainer(Container container, int port, ServerCertificate? certificate)
    {
        ArgumentNullException.ThrowIfNull(container);
        _port = port;
        Container = container;
        Certificate = certificate;
    }

    /// <summary>The container, for methods that take one.</summary>
    public Container Container { get; }

    /// <summary>The address to connect to.</summary>
    public string Host => Container.Host;

    /// <summary>The port to connect to, on this machine.</summary>
    public int Port => Container.GetPort(_port);

    /// <summary>The certificate that the server shows to clients; <see langword="null"/> when it does not speak TLS.</summary>
    public ServerCertificate? Certificate { get; }

    /// <summary>Returns the text by which a client library of the product connects. It holds the password: don't log it.</summary>
    public abstract string GetConnectionString();

    /// <summary>Starts a copy of the whole machine in its current state; this one continues.</summary>
    /// <inheritdoc cref="Container.ForkAsync"/>
    public async Task<TContainer> ForkAsync(CancellationToken cancellationToken = default) =>
        WithContainer(await Container.ForkAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Returns the same product, with the same credentials, in another container that was started from a checkpoint of this one. The result
    /// owns that container.
    /// </summary>
    public abstract TContainer WithContainer(Container copy);

    /// <summary>Ends the container and removes everything it had on the host. Calling it again is harmless.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Container.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => Container.ToString();

    /// <summary>Runs a script that must succeed.</summary>
    /// <param name="command">The program that runs it, and its arguments.</param>
    /// <param name="options">The options, with the script as the standard input and the password in the environment.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>The standard output of the program.</returns>
    /// <exception cref="ScriptException">The script failed.</exception>
    protected async Task<string> ExecScriptAsync(
        IReadOnlyList<string> command, ExecOptions options, CancellationToken cancellationToken)
    {
        ExecResult result = await Container.ExecAsync(command, options, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Stdout : throw new ScriptException(Container.Name, result);
    }
}
