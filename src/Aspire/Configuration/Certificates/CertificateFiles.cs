using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Configuration.Certificates;

#pragma warning disable ASPIRECERTIFICATES001 // experimental so far

/// <summary>Copies certificates into a container: the authorities that it trusts, and its own certificate for TLS.</summary>
internal sealed class CertificateFiles(ContainerResource resource, CertificatePaths paths)
{
    // Readable by all: only the image knows which user the server runs as, and the machine belongs to the container alone.
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public async Task<ContainerBuilder> AddAsync(
        ContainerBuilder builder, ContainerConfiguration configuration, CancellationToken cancellationToken)
    {
        if (configuration.Trust is { } trust)
            builder = await AddTrustAsync(builder, trust, cancellationToken).ConfigureAwait(false);
        return configuration.Https is { } https ? AddHttps(builder, https) : builder;
    }

    /// <summary>Describes the container's certificate to the callbacks for its files.</summary>
    public ContainerFileSystemCallbackHttpsCertificateContext? Describe(HttpsCertificateExecutionConfigurationData? https) =>
        https is null ? null : new()
        {
            CertificatePath = CertificatePaths.Literal(paths.PathOf(https.Certificate, "crt")),
            KeyPath = https.KeyPathReference,
            CertificateWithKeyPath = https.CertificateWithKeyPathReference,
            PfxPath = https.PfxPathReference,
            Password = https.Password,
        };

    private async Task<ContainerBuilder> AddTrustAsync(
        ContainerBuilder builder, CertificateTrustExecutionConfigurationData trust, CancellationToken cancellationToken)
    {
        X509Certificate2[] authorities = [.. trust.Certificates.DistinctBy(certificate => certificate.Thumbprint)];
        var taken = new Dictionary<string, int>();
        foreach (X509Certificate2 authority in authorities)
        {
            string pem = authority.ExportCertificatePem() + "\n";

            // OpenSSL finds a certificate in a directory by a name derived from its subject; several with one subject are numbered.
            string hash = OpenSslSubjectHash.Of(authority.SubjectName);
            int number = taken[hash] = taken.GetValueOrDefault(hash, -1) + 1;
            builder = builder
                .WithFile($"{paths.Authorities}/{authority.Thumbprint}.pem", pem, Readable)
                .WithFile($"{paths.Authorities}/{hash}.{number}", pem, Readable);
        }

        string bundle = string.Concat(authorities.Select(authority => authority.ExportCertificatePem() + "\n"));
        builder = builder.WithFile(paths.Bundle, bundle, Readable);
        if (trust.Scope != CertificateTrustScope.Append)
            builder = paths.SystemBundles.Aggregate(builder, (inner, path) => inner.WithFile(path, bundle, Readable));
        foreach ((string name, Func<X509Certificate2Collection, CancellationToken, Task<byte[]>> make) in trust.CustomBundlesFactories)
        {
            byte[] content = await make(trust.Certificates, cancellationToken).ConfigureAwait(false);
            builder = builder.WithFile($"{paths.CustomBundles}/{name}", content, Readable);
        }

        return builder;
    }

    // As with a container engine, only the forms that a variable or argument names are copied.
    private ContainerBuilder AddHttps(ContainerBuilder builder, HttpsCertificateExecutionConfigurationData https)
    {
        X509Certificate2 certificate = https.Certificate;
        string pem = certificate.ExportCertificatePem() + "\n";
        builder = builder.WithFile(paths.PathOf(certificate, "crt"), pem, Readable);
        if (https.IsKeyPathReferenced || https.IsCertificateWithKeyPathReferenced)
        {
            string key = ExportKey(certificate, https.Password) + "\n";
            builder = builder.WithFile(paths.PathOf(certificate, "key"), key, Readable);
            if (https.IsCertificateWithKeyPathReferenced)
                builder = builder.WithFile(paths.PathOf(certificate, "pem"), key + pem, Readable);
        }

        return https.IsPfxPathReferenced
            ? builder.WithFile(paths.PathOf(certificate, "pfx"), certificate.Export(X509ContentType.Pfx, https.Password), Readable)
            : builder;
    }

    private string ExportKey(X509Certificate2 certificate, string? password)
    {
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey()
            ?? throw new DistributedApplicationException(
                $"The certificate of '{resource.Name}' ({certificate.Subject}) has no RSA or ECDSA key that could be put into the "
                + "container. Give it one with its key.");
        var cipher = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 100_000);
        if (password is not null)
            return key.ExportEncryptedPkcs8PrivateKeyPem(password, cipher);

        // A key may be exportable only in its encrypted form.
        byte[] encrypted = key.ExportEncryptedPkcs8PrivateKey("", cipher);
        using AsymmetricAlgorithm copy = key is RSA ? RSA.Create() : ECDsa.Create();
        copy.ImportEncryptedPkcs8PrivateKey("", encrypted, out _);
        return copy.ExportPkcs8PrivateKeyPem();
    }
}
