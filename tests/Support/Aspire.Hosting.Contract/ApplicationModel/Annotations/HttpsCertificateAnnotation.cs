using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The certificate with which a resource serves TLS. Integrations look for it before the application starts, and switch to TLS.</summary>
[Experimental("ASPIRECERTIFICATES001")]
public sealed class HttpsCertificateAnnotation : IResourceAnnotation
{
    public X509Certificate2? Certificate { get; init; }

    public bool? UseDeveloperCertificate { get; init; }

    public ParameterResource? Password { get; init; }
}
