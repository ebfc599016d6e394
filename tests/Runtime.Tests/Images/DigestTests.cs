using System.Security.Cryptography;

namespace Islet.Tests.Images;

public sealed class DigestTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("sha256:" + Hex)]
    [InlineData("sha512:" + Hex + Hex)]
    public void Parse_reads_what_ToString_writes(string text) => Assert.Equal(text, Digest.Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256")]
    [InlineData("sha256:")]
    [InlineData(Hex)]
    [InlineData("sha256:../../../../../../etc/passwd")]
    [InlineData("../sha256:" + Hex)]
    [InlineData("sha256/" + Hex)]
    [InlineData("sha256:" + Hex + "\n")]
    [InlineData(" sha256:" + Hex)]
    [InlineData("sha256:" + Hex + "0")]
    [InlineData("sha256:0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/")]
    [InlineData("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\0")]
    [InlineData("sha256:٠123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("SHA256:" + Hex)]
    [InlineData("sha512:" + Hex)]
    [InlineData("sha1:0123456789abcdef0123456789abcdef01234567")]
    [InlineData("sha256+b64u:" + Hex)]
    public void TryParse_refuses_anything_that_could_lead_elsewhere(string? text)
    {
        Assert.False(Digest.TryParse(text, out Digest? digest));
        Assert.Null(digest);
    }

    [Fact]
    public void Sha256_is_the_hash_of_the_bytes() =>
        Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Digest.Sha256("abc"u8).ToString());

    [Fact]
    public void Matches_compares_with_the_digests_own_algorithm()
    {
        var sha512 = Digest.Parse("sha512:" + Convert.ToHexStringLower(SHA512.HashData("abc"u8)));

        Assert.True(sha512.Matches("abc"u8));
        Assert.False(sha512.Matches("abd"u8));
    }
}
