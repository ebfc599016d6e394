using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Islet.Aspire.Configuration.Certificates;
using StackExchange.Redis;

namespace Islet.Aspire.Tests;

#pragma warning disable ASPIRECERTIFICATES001 // as an AppHost calls them

/// <summary>Certificates that Aspire puts into containers.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();
    private readonly X509Certificate2 _certificate = CreateCertificate();

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task A_server_with_a_certificate_answers_over_TLS()
    {
        _builder.AddRedis("cache").WithAnnotation(new HttpsCertificateAnnotation { Certificate = _certificate });
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("cache", KnownResourceStates.Running);
        await app.LogUntilAsync("cache", line => line.Contains("Ready to accept connections", StringComparison.Ordinal));

        ConfigurationOptions options = ConfigurationOptions.Parse((await app.ConnectionStringAsync("cache"))!);
        Assert.True(options.Ssl);
        options.CertificateValidation += (_, served, _, _) => served?.GetCertHashString() == _certificate.GetCertHashString();
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        Assert.True(await connection.GetDatabase().StringSetAsync("a", "b"));
    }

    [Fact]
    public async Task An_authority_that_a_container_is_to_trust_is_where_OpenSSL_looks_for_it()
    {
        var authorities = new X509Certificate2Collection(_certificate);
        _builder.AddContainer("box", "debian")
            .WithEntrypoint("/bin/sh")
            .WithArgs(
                "-c", "for d in $(echo $SSL_CERT_DIR | tr : ' '); do echo dir $d; done; cd /usr/lib/ssl/aspire && ls certs && cat cert.pem")
            .WithCertificateAuthorityCollection(_builder.AddCertificateAuthorityCollection("authorities").WithCertificates(authorities));
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Exited);
        IReadOnlyList<string> log =
        [
            .. (await app.LogAsync("box")).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]),
        ];
        Assert.Contains("dir /usr/lib/ssl/aspire/certs", log);
        Assert.Contains("dir /etc/ssl/certs", log);
        Assert.Contains($"{_certificate.Thumbprint}.pem", log);
        Assert.Contains($"{OpenSslSubjectHash.Of(_certificate.SubjectName)}.0", log);
        Assert.Contains("-----BEGIN CERTIFICATE-----", log);
    }

    [Theory]
    [InlineData("CN=Islet  TEST, O=\"Émile & Söhne\", C=CH")]
    [InlineData("CN=localhost")]
    [InlineData("OU= Spaces around , O=A  B\tC, DC=example, DC=com")]
    public async Task The_name_of_a_subject_is_that_which_openssl_says(string subject)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "There is no /usr/bin/openssl to compare with.");
        using X509Certificate2 certificate = CreateCertificate(subject);
        var start = new ProcessStartInfo("/usr/bin/openssl", ["x509", "-noout", "-subject_hash"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process openssl = Process.Start(start)!;
        await openssl.StandardInput.WriteAsync(certificate.ExportCertificatePem());
        openssl.StandardInput.Close();
        string said = (await openssl.StandardOutput.ReadToEndAsync(TestApplication.Cancellation)).Trim();
        Assert.Equal(said, OpenSslSubjectHash.Of(certificate.SubjectName));
    }

    private static X509Certificate2 CreateCertificate(string subject = "CN=localhost, O=Islet's tests")
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}
