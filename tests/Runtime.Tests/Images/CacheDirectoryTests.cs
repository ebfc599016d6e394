using Islet.Diagnostics;

namespace Islet.Images;

public sealed class CacheDirectoryTests
{
    [Theory]
    [InlineData("/own", "/xdg", false, "/own")]
    [InlineData(null, "/xdg", false, "/xdg/islet")]
    [InlineData(null, "relative", false, "/home/me/.cache/islet")]
    [InlineData(null, null, false, "/home/me/.cache/islet")]
    [InlineData("", "", false, "/home/me/.cache/islet")]
    [InlineData(null, "/xdg", true, "/home/me/Library/Caches/islet")]
    [InlineData("/own", null, true, "/own")]
    public void Resolve_follows_the_conventions_of_the_system(string? own, string? xdg, bool isMacOS, string expected)
    {
        string directory = CacheDirectory.Resolve(name => name == "ISLET_CACHE" ? own : name == "XDG_CACHE_HOME" ? xdg : null, "/home/me", isMacOS);

        Assert.Equal(expected, directory);
    }

    [Fact]
    public void Resolve_without_a_home_directory_says_what_to_set() =>
        Assert.Contains("ISLET_CACHE", Assert.Throws<StorageException>(() => CacheDirectory.Resolve(_ => null, "", false)).Message, StringComparison.Ordinal);
}
