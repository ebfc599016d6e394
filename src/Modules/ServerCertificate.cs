using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Islet.Modules;

/// <summary>
/// The self-signed certificate that servers in containers show to clients on this machine: for <c>localhost</c>, <c>127.0.0.1</c> and
/// <c>::1</c>. All containers of one cache directory share it, so that a warm start finds it unchanged. It is valid for two years and
/// renewed in time.
/// </summary>
/// <example><code>
/// options.CertificateValidation += redis.Certificate!.Validate;   // StackExchange.Redis
/// </code></example>
public sealed class ServerCertificate
{
    internal const string ContainerPath = "/etc/islet/server.crt";
    internal const string ContainerKeyPath = "/etc/islet/server.key";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Apple's systems refuse server certificates that are valid for more than 825 days.
    private static readonly TimeSpan s_validity = TimeSpan.FromDays(800);
    private static readonly TimeSpan s_renewal = TimeSpan.FromDays(60);

    // id-kp-serverAuth (RFC 5280, 4.2.1.12).
    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly X509Certificate2 _certificate;

    private ServerCertificate(X509Certificate2 certificate, string path)
    {
        _certificate = certificate;
        Path = path;
    }

    /// <summary>
    /// The path of a file on this machine with the certificate in PEM, without its key. It is for clients that take the path of a root
    /// certificate.
    /// </summary>
    public string Path { get; }

    /// <summary>Returns the certificate, without its key.</summary>
    public X509Certificate2 ToX509Certificate() => X509CertificateLoader.LoadCertificate(_certificate.RawData);

    /// <summary>
    /// Accepts exactly this certificate: a <see cref="RemoteCertificateValidationCallback"/> for clients that take one.
    /// </summary>
    public bool Validate(object? sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && certificate.GetRawCertData().AsSpan().SequenceEqual(_certificate.RawData);

    internal string ToPem() => _certificate.ExportCertificatePem() + "\n";

    internal string KeyToPem()
    {
        using ECDsa key = _certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>
    /// Reads the cache's certificate, creates it, or replaces it when it expires soon. Several processes all get the same one.
    /// </summary>
    /// <exception cref="StorageException">The cache directory can't be written.</exception>
    internal static ServerCertificate ReadOrCreate(string cacheDirectory)
    {
        string directory = System.IO.Path.Combine(System.IO.Path.GetFullPath(cacheDirectory), "tls");
        string withKey = System.IO.Path.Combine(directory, "server.pem");
        try
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);

            // A file that existed before the read and could not be used is damaged or old. One that appeared since is another process's.
            bool existed = File.Exists(withKey);
            X509Certificate2? certificate = TryRead(withKey);
            if (certificate is null)
            {
                Write(withKey, Create(), overwrite: existed);
                certificate = TryRead(withKey) ?? throw new IOException("what was just written can't be read back.");
            }

            // Each certificate has its own file: the path in a connection string stays valid when another process renews the certificate.
            string path = System.IO.Path.Combine(directory, $"server-{certificate.Thumbprint}.crt");
            if (!File.Exists(path))
                Write(path, certificate.ExportCertificatePem() + "\n", overwrite: false);
            return new ServerCertificate(certificate, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The certificate in {directory} can't be read or written: {exception.Message}", exception);
        }
    }

    private static X509Certificate2? TryRead(string path)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(path);
            return certificate.NotAfter.ToUniversalTime() - DateTime.UtcNow > s_renewal ? certificate : null;
        }
        catch (Exception exception) when (exception is CryptographicException or FileNotFoundException)
        {
            // There is no certificate yet, or a damaged one: it is made again in either case.
            return null;
        }
    }

    private static void Write(string path, string content, bool overwrite)
    {
        string temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using (var file = new FileStream(temporary, options))
            file.Write(Encoding.ASCII.GetBytes(content));
        try
        {
            File.Move(temporary, path, overwrite);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster; its certificate is used.
            File.Delete(temporary);
        }
    }

    private static string Create()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost, O=Islet", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([s_serverAuthentication], critical: false));

        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now + s_validity);
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }
}
