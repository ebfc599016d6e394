namespace Islet.Modules.Nginx;

/// <summary>An nginx web server in its own micro-VM.</summary>
public sealed class NginxContainer : ModuleContainer
{
    internal NginxContainer(Container container, ServerCertificate? certificate)
        : base(container, certificate is null ? NginxBuilder.ServerPort : NginxBuilder.TlsPort, certificate)
    {
    }

    /// <summary>
    /// The address for <see cref="System.Net.Http.HttpClient.BaseAddress"/>: <c>http://127.0.0.1:…/</c>, or <c>https:</c>.
    /// </summary>
    public Uri BaseAddress => new UriBuilder(Certificate is null ? "http" : "https", Host, Port).Uri;

    /// <summary>Returns the base address as text.</summary>
    public override string GetConnectionString() => BaseAddress.ToString();

    /// <inheritdoc/>
    protected override Container WrapFork(Container fork) => new NginxContainer(fork, Certificate);
}
