namespace Islet.Tests.Images;

public sealed class ImageReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("redis", "docker.io/library/redis:latest")]
    [InlineData("redis:7", "docker.io/library/redis:7")]
    [InlineData("docker.io/redis", "docker.io/library/redis:latest")]
    [InlineData("index.docker.io/library/redis:7", "docker.io/library/redis:7")]
    [InlineData("bitnami/redis", "docker.io/bitnami/redis:latest")]
    [InlineData("ghcr.io/a/b/c:1.2_x-Y", "ghcr.io/a/b/c:1.2_x-Y")]
    [InlineData("localhost/redis", "localhost/redis:latest")]
    [InlineData("localhost:5000/redis:7", "localhost:5000/redis:7")]
    [InlineData("127.0.0.1:5000/a/redis", "127.0.0.1:5000/a/redis:latest")]
    [InlineData("[::1]:5000/redis:7", "[::1]:5000/redis:7")]
    [InlineData("Registry/redis", "Registry/redis:latest")]
    [InlineData("a__b/c--d.e_f", "docker.io/a__b/c--d.e_f:latest")]
    [InlineData("localhost:5000", "docker.io/library/localhost:5000")]
    [InlineData("redis@sha256:" + Hex, "docker.io/library/redis@sha256:" + Hex)]
    [InlineData("redis:7@sha256:" + Hex, "docker.io/library/redis:7@sha256:" + Hex)]
    [InlineData("oci:images/redis", "oci:images/redis")]
    [InlineData("oci:/images/redis:7", "oci:/images/redis:7")]
    [InlineData("docker-archive:/tmp/redis.tar", "docker-archive:/tmp/redis.tar")]
    [InlineData("docker-archive:redis.tar:redis:7", "docker-archive:redis.tar:docker.io/library/redis:7")]
    public void Parse_fills_in_what_docker_would(string text, string canonical)
    {
        var reference = ImageReference.Parse(text);

        Assert.Equal(canonical, reference.ToString());
        Assert.Equal(reference, ImageReference.Parse(canonical));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("Redis", "lower case")]
    [InlineData("redis:", "a tag has")]
    [InlineData("redis:-7", "a tag has")]
    [InlineData("redis:7\n", "control character")]
    [InlineData("redis:a/../b", "is not a registry's host name")]
    [InlineData("redis@sha256:abc", "not a digest")]
    [InlineData("redis@md5:" + Hex, "not a digest")]
    [InlineData("redis@sha256:" + Hex + "/..", "not a digest")]
    [InlineData("a//b", "not a repository's name")]
    [InlineData("a/../b", "not a repository's name")]
    [InlineData("a___b", "not a repository's name")]
    [InlineData("ghcr.io/", "name is missing")]
    [InlineData("docker://redis", "URL scheme")]
    [InlineData("-bad.example/redis", "not a registry's host name")]
    [InlineData("host:port/redis", "not a registry's host name")]
    [InlineData("user@host.example/redis", "not a digest")]
    [InlineData("host.example:99999999/redis", "not a registry's host name")]
    [InlineData(Hex, "an image's ID")]
    [InlineData("oci:", "needs the path")]
    [InlineData("oci:images/redis:", "tag after the path is empty")]
    [InlineData("docker-archive::redis", "needs the path")]
    [InlineData("docker-archive:a.tar:Redis", "lower case")]
    public void Parse_of_a_malformed_reference_says_what_is_wrong(string text, string reason)
    {
        FormatException error = Assert.Throws<FormatException>(() => ImageReference.Parse(text));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(ImageReference.TryParse(text, out _));
    }

    [Fact]
    public void Parse_of_a_name_that_is_too_long_fails()
    {
        Assert.True(ImageReference.TryParse(new string('a', 247), out _));
        Assert.False(ImageReference.TryParse(new string('a', 248), out _)); // library/ and 248 are 256
    }

    [Fact]
    public void A_registry_reference_tells_its_parts()
    {
        var reference = Assert.IsType<RegistryReference>(ImageReference.Parse($"localhost:5000/a/redis:7@sha256:{Hex}"));

        Assert.Equal("localhost:5000", reference.Registry);
        Assert.Equal("a/redis", reference.Repository);
        Assert.Equal("7", reference.Tag);
        Assert.Equal(Hex, reference.Digest?.Hex);
    }
}
