using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Islet.Modules.Tests;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("islet-test-").FullName;

    private string KeyFile => Path.Combine(_cache, "tls", "server.pem");

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public void One_cache_has_one_certificate_and_another_cache_another()
    {
        string once = ServerCertificate.ReadOrCreate(_cache).ToPem();
        Assert.Equal(once, ServerCertificate.ReadOrCreate(_cache).ToPem());
        Assert.NotEqual(once, ServerCertificate.ReadOrCreate(Path.Combine(_cache, "another")).ToPem());
    }

    [Fact]
    public async Task Those_who_ask_at_once_get_the_same()
    {
        ServerCertificate[] all = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => ServerCertificate.ReadOrCreate(_cache))));
        Assert.Single(all.Select(certificate => certificate.ToPem()).Distinct());
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void It_is_for_this_machine(string host) =>
        Assert.True(ServerCertificate.ReadOrCreate(_cache).ToX509Certificate().MatchesHostname(host));

    [Fact]
    public void It_is_a_root_of_its_own_that_lasts_no_longer_than_apple_allows()
    {
        using X509Certificate2 certificate = ServerCertificate.ReadOrCreate(_cache).ToX509Certificate();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(certificate), string.Concat(chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.InRange(certificate.NotAfter - certificate.NotBefore, TimeSpan.FromDays(365), TimeSpan.FromDays(825));
    }

    [Fact]
    public void Only_the_owner_can_read_the_key_and_the_file_for_clients_has_none()
    {
        var certificate = ServerCertificate.ReadOrCreate(_cache);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(
            Path.GetDirectoryName(KeyFile)!));
        Assert.Contains("PRIVATE KEY", certificate.KeyToPem(), StringComparison.Ordinal);
        Assert.Equal(certificate.ToPem(), File.ReadAllText(certificate.Path));
    }

    [Fact]
    public void A_damaged_file_is_made_anew()
    {
        string before = ServerCertificate.ReadOrCreate(_cache).ToPem();
        File.WriteAllText(KeyFile, "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n");
        Assert.NotEqual(before, ServerCertificate.ReadOrCreate(_cache).ToPem());
    }

    [Fact]
    public void Validate_accepts_it_and_no_other()
    {
        var certificate = ServerCertificate.ReadOrCreate(_cache);
        using X509Certificate2 own = certificate.ToX509Certificate();
        using X509Certificate2 foreign = ServerCertificate.ReadOrCreate(Path.Combine(_cache, "another")).ToX509Certificate();
        Assert.True(certificate.Validate(null, own, null, SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.False(certificate.Validate(null, foreign, null, SslPolicyErrors.None));
        Assert.False(certificate.Validate(null, null, null, SslPolicyErrors.RemoteCertificateNotAvailable));
    }
}
