using System.Diagnostics;
using Islet.Images.Store;
using Islet.Storage;

namespace Islet.Tests.Images;

public sealed class CacheDirectoryTests
{
    [Theory]
    [InlineData("/xdg", false, "/xdg/islet")]
    [InlineData("relative", false, "/home/me/.cache/islet")]
    [InlineData(null, false, "/home/me/.cache/islet")]
    [InlineData("", false, "/home/me/.cache/islet")]
    [InlineData("/xdg", true, "/home/me/Library/Caches/islet")]
    public void Resolve_follows_the_conventions_of_the_system(string? xdg, bool isMacOS, string expected)
    {
        string directory = CacheDirectory.Resolve(name => name == "XDG_CACHE_HOME" ? xdg : null, "/home/me", isMacOS);

        Assert.Equal(expected, directory);
    }

    [Fact]
    public void Resolve_without_a_home_directory_says_what_to_set() =>
        Assert.Contains(
            "ISLET_CACHE", Assert.Throws<StorageException>(() => CacheDirectory.Resolve(_ => null, "", false)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_directory_and_its_missing_parents_are_created_for_their_owner_alone()
    {
        using var temporary = new TemporaryDirectory();
        CacheDirectory.RequireOwn(temporary.Combine("a", "b", "cache"));
        foreach (string path in new[] { "a", "a/b", "a/b/cache" })
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(temporary.Combine(path)));
    }

    [Theory]
    [InlineData("", 0b111_111_101)]
    [InlineData("", 0b111_101_111)]
    [InlineData("rootfs", 0b111_111_000)]
    public void A_directory_that_others_can_write_is_refused_with_what_to_do(string part, int mode)
    {
        using var temporary = new TemporaryDirectory();
        string path = temporary.Combine("cache", part).TrimEnd('/');
        CacheDirectory.CreatePrivate(path);
        File.SetUnixFileMode(path, (UnixFileMode)mode);

        StorageException error = Assert.Throws<StorageException>(() => CacheDirectory.RequireOwn(temporary.Combine("cache")));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("chmod", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_others_can_only_read_is_accepted()
    {
        using var temporary = new TemporaryDirectory();
        CacheDirectory.CreatePrivate(temporary.Combine("cache"));
        File.SetUnixFileMode(temporary.Combine("cache"), (UnixFileMode)0b111_101_101);
        CacheDirectory.RequireOwn(temporary.Combine("cache"));
    }

    [Theory]
    [InlineData("cache")]
    [InlineData("cache/snapshots")]
    [InlineData("above")]
    public void A_directory_that_belongs_to_somebody_else_or_lies_in_one_is_refused(string foreign)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a directory away.");
        using var temporary = new TemporaryDirectory();
        string root = temporary.Combine(foreign == "above" ? "above/cache" : "cache");
        CacheDirectory.CreatePrivate(root);
        CacheDirectory.CreatePrivate(temporary.Combine(foreign));
        GiveAway(temporary.Combine(foreign));

        Assert.Contains("4321", Assert.Throws<StorageException>(() => CacheDirectory.RequireOwn(root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_in_one_that_everybody_can_write_is_refused_unless_that_is_sticky()
    {
        using var temporary = new TemporaryDirectory();
        string above = temporary.Combine("open");
        CacheDirectory.CreatePrivate(Path.Combine(above, "cache"));
        File.SetUnixFileMode(above, (UnixFileMode)0b111_111_111);
        Assert.Throws<StorageException>(() => CacheDirectory.RequireOwn(Path.Combine(above, "cache")));

        File.SetUnixFileMode(above, (UnixFileMode)0b001_111_111_111);
        CacheDirectory.RequireOwn(Path.Combine(above, "cache"));
    }

    [Fact]
    public void A_link_to_a_directory_elsewhere_is_judged_by_what_it_leads_to()
    {
        using var temporary = new TemporaryDirectory();
        CacheDirectory.CreatePrivate(temporary.Combine("real"));
        Directory.CreateSymbolicLink(temporary.Combine("link"), temporary.Combine("real"));
        CacheDirectory.RequireOwn(temporary.Combine("link"));

        File.SetUnixFileMode(temporary.Combine("real"), (UnixFileMode)0b111_111_111);
        Assert.Throws<StorageException>(() => CacheDirectory.RequireOwn(temporary.Combine("link")));
    }

    [Fact]
    public async Task No_image_is_resolved_from_a_cache_that_others_can_write()
    {
        using var temporary = new TemporaryDirectory();
        File.SetUnixFileMode(temporary.Path, (UnixFileMode)0b111_111_111);
        using var store = new ImageStore(temporary.Path);
        await Assert.ThrowsAsync<StorageException>(() => store.ResolveAsync(
            ImageReference.Parse("redis"), Platform.LinuxAmd64, PullPolicy.Never,
            cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_of_the_cache_that_somebody_else_could_have_written_is_not_read()
    {
        using var temporary = new TemporaryDirectory();
        string path = temporary.Combine("file");
        await File.WriteAllTextAsync(path, "x", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        Assert.Throws<StorageException>(() => StoreFile.TryOpenRead(path));

        File.SetUnixFileMode(path, (UnixFileMode)0b110_000_000);
        StoreFile.TryOpenRead(path)!.Dispose();
        if (Environment.IsPrivilegedProcess)
        {
            GiveAway(path);
            Assert.Throws<StorageException>(() => StoreFile.TryOpenRead(path));
        }
    }

    [Fact]
    public void A_pipe_in_the_cache_is_never_opened()
    {
        using var temporary = new TemporaryDirectory();
        Run("mkfifo", temporary.Combine("pipe"));
        Assert.Null(StoreFile.TryOpenRead(temporary.Combine("pipe")));
    }

    private static void GiveAway(string path) => Run("chown", "4321", path);

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
