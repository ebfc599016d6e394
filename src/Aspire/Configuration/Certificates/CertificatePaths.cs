using System.Security.Cryptography.X509Certificates;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Configuration.Certificates;

#pragma warning disable ASPIRECERTIFICATES001 // experimental so far

/// <summary>The paths of certificates inside a container, which are those that Aspire uses in any container.</summary>
internal sealed class CertificatePaths
{
    private const string DefaultDirectory = "/usr/lib/ssl/aspire";
    private static readonly string[] s_defaultDirectories = ["/etc/ssl/certs", "/usr/local/share/ca-certificates", "/etc/pki/tls/certs"];
    private static readonly string[] s_defaultBundles =
    [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ];

    private readonly IReadOnlyList<string> _systemDirectories;

    public CertificatePaths(IResource resource)
    {
        ContainerCertificatePathsAnnotation? own = resource.Annotations.OfType<ContainerCertificatePathsAnnotation>().LastOrDefault();
        Directory = own?.CustomCertificatesDestination ?? DefaultDirectory;
        SystemBundles = own?.DefaultCertificateBundles ?? [.. s_defaultBundles];
        _systemDirectories = own?.DefaultCertificateDirectories ?? [.. s_defaultDirectories];
    }

    /// <summary>The directory for all certificates that Aspire adds.</summary>
    public string Directory { get; }

    /// <summary>The paths where distributions keep the authorities that their programs trust.</summary>
    public IReadOnlyList<string> SystemBundles { get; }

    public string Bundle => Directory + "/cert.pem";

    public string Authorities => Directory + "/certs";

    public string CustomBundles => Directory + "/bundles";

    public string Private => Directory + "/private";

    public CertificateTrustExecutionConfigurationContext ForTrust(CertificateTrustScope scope)
    {
        string directories = string.Join(
            ':', scope == CertificateTrustScope.Append ? [Authorities, .. _systemDirectories] : (string[])[Authorities]);
        return new CertificateTrustExecutionConfigurationContext
        {
            CertificateBundlePath = Literal(Bundle),
            CertificateDirectoriesPath = Literal(directories),
            RootCertificatesPath = Directory,
            IsContainer = true,
        };
    }

    public HttpsCertificateExecutionConfigurationContext ForHttps(X509Certificate2 certificate) => new()
    {
        CertificatePath = Literal(PathOf(certificate, "crt")),
        KeyPath = Literal(PathOf(certificate, "key")),
        CertificateWithKeyPath = Literal(PathOf(certificate, "pem")),
        PfxPath = Literal(PathOf(certificate, "pfx")),
    };

    public string PathOf(X509Certificate2 certificate, string extension) => $"{Private}/{certificate.Thumbprint}.{extension}";

    public static ReferenceExpression Literal(string path) => ReferenceExpression.Create($"{path}");
}
