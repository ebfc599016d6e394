using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Islet.VirtualMachine.Tests.Containers;

public sealed class CopyTests(IdleContainerFixture idle) : IDisposable
{
    private readonly DirectoryInfo _host = Directory.CreateTempSubdirectory("islet-copy-");
    private readonly string _inside = "/tmp/copy-" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _host.Delete(recursive: true);

    [Fact]
    public async Task WriteFileAsync_writes_content_mode_and_owner_and_makes_the_parents()
    {
        Container container = await idle.GetAsync();
        await container.WriteFileAsync(
            $"{_inside}/a/b/file", Encoding.UTF8.GetBytes("hello"), (UnixFileMode)0b110_100_000, 1000, 1001, Cancelled);
        Assert.Equal("640 1000 1001 5\n", await ShellAsync($"stat -c '%a %u %g %s' {_inside}/a/b/file"));
        Assert.Equal("hello", Encoding.UTF8.GetString(await container.ReadFileAsync($"{_inside}/a/b/file", Cancelled)));
    }

    [Fact]
    public async Task WriteFileAsync_replaces_what_is_there()
    {
        Container container = await idle.GetAsync();
        await container.WriteFileAsync($"{_inside}/file", new byte[1000], cancellationToken: Cancelled);
        await container.WriteFileAsync($"{_inside}/file", "short"u8.ToArray(), cancellationToken: Cancelled);
        Assert.Equal("short", await ShellAsync($"cat {_inside}/file"));
    }

    [Fact]
    public async Task A_large_file_survives_the_way_in_and_out()
    {
        Container container = await idle.GetAsync();
        byte[] content = RandomNumberGenerator.GetBytes(10_000_000);
        await container.WriteFileAsync($"{_inside}/big", content, cancellationToken: Cancelled);
        Assert.Equal(content, await container.ReadFileAsync($"{_inside}/big", Cancelled));
    }

    [Fact]
    public async Task CopyToAsync_a_directory_keeps_tree_links_and_modes()
    {
        Directory.CreateDirectory(Path.Combine(_host.FullName, "sub", "empty"));
        string tool = Path.Combine(_host.FullName, "sub", "tool.sh");
        await File.WriteAllTextAsync(tool, "#!/bin/sh\necho works\n", Cancelled);
        File.SetUnixFileMode(tool, (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(_host.FullName, "link"), "sub/tool.sh");

        Container container = await idle.GetAsync();
        await container.CopyToAsync(_host.FullName, _inside, cancellationToken: Cancelled);
        Assert.Equal("works\n", await ShellAsync($"{_inside}/link"));
        Assert.Equal("sub/tool.sh\n", await ShellAsync($"readlink {_inside}/link"));
        Assert.Equal("755 0 0\n", await ShellAsync($"stat -c '%a %u %g' {_inside}/sub/tool.sh"));
        Assert.Equal("directory\n", await ShellAsync($"stat -c %F {_inside}/sub/empty"));
    }

    [Fact]
    public async Task CopyFromAsync_brings_a_directory_back_as_it_is()
    {
        await ShellAsync(
            $"mkdir -p {_inside}/d && echo text > {_inside}/d/file && chmod 600 {_inside}/d/file && ln -s file {_inside}/d/link");
        Container container = await idle.GetAsync();
        string target = Path.Combine(_host.FullName, "back");
        await container.CopyFromAsync($"{_inside}/d", target, Cancelled);
        Assert.Equal("text\n", await File.ReadAllTextAsync(Path.Combine(target, "file"), Cancelled));
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(Path.Combine(target, "file")));
        Assert.Equal("file", new FileInfo(Path.Combine(target, "link")).LinkTarget);
    }

    [Fact]
    public async Task CopyFromAsync_a_file_gives_it_the_name_that_was_asked_for()
    {
        Container container = await idle.GetAsync();
        string target = Path.Combine(_host.FullName, "passwd-of-the-guest");
        await container.CopyFromAsync("/etc/passwd", target, Cancelled);
        Assert.Contains("app:x:1000", await File.ReadAllTextAsync(target, Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tar_keeps_hard_links_owners_times_and_extended_attributes()
    {
        var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
            var file = new PaxTarEntry(
                TarEntryType.RegularFile, "one", new Dictionary<string, string> { ["SCHILY.xattr.user.colour"] = "green" })
            {
                Uid = 1234,
                Gid = 4321,
                ModificationTime = time,
                DataStream = new MemoryStream("content"u8.ToArray()),
            };
            await writer.WriteEntryAsync(file, Cancelled);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.HardLink, "two") { LinkName = "one" }, Cancelled);
        }

        tar.Position = 0;
        Container container = await idle.GetAsync();
        await container.CopyTarToAsync(tar, _inside, Cancelled);
        Assert.Equal("2 1234 4321 981173106\n", await ShellAsync($"stat -c '%h %u %g %Y' {_inside}/two"));

        Assert.Equal("user.colour=green\n", await ShellAsync(
            $"tar --xattrs --xattrs-include='*' -C {_inside} -cf - one | grep -ao 'user.colour=.*'"));

        // The archive decides which of the two names comes first, and so carries the file.
        List<TarEntry> back = [];
        await using var stream = await container.CopyTarFromAsync(_inside, contentsOnly: true, Cancelled);
        await using var reader = new TarReader(stream);
        while (await reader.GetNextEntryAsync(copyData: true, Cancelled) is { } entry)
            back.Add(entry);
        PaxTarEntry first = Assert.IsType<PaxTarEntry>(Assert.Single(back, entry => entry.EntryType == TarEntryType.RegularFile));
        TarEntry second = Assert.Single(back, entry => entry.EntryType == TarEntryType.HardLink);
        Assert.Equal(["one", "two"], new[] { first.Name, second.Name }.Order());
        Assert.Equal(first.Name, second.LinkName);
        Assert.Equal("green", Assert.Contains("SCHILY.xattr.user.colour", first.ExtendedAttributes));
        Assert.Equal(1234, first.Uid);
    }

    [Fact]
    public async Task A_copy_through_a_link_inside_the_container_stays_inside()
    {
        await ShellAsync($"mkdir -p {_inside} && ln -s /tmp {_inside}/out");
        Container container = await idle.GetAsync();
        string name = Guid.NewGuid().ToString("N");
        await container.WriteFileAsync($"{_inside}/out/{name}", "x"u8.ToArray(), cancellationToken: Cancelled);
        Assert.Equal("x", await ShellAsync($"cat /tmp/{name}"));
        Assert.False(File.Exists(Path.Combine("/tmp", name)));
    }

    [Fact]
    public async Task A_path_with_a_newline_is_one_path_in_and_out()
    {
        Container container = await idle.GetAsync();
        await container.WriteFileAsync($"{_inside}/c\nd", "x"u8.ToArray(), cancellationToken: Cancelled);
        Assert.Equal("absent\n", await ShellAsync($"test -e {_inside}/c || echo absent"));
        Assert.Equal("x"u8.ToArray(), await container.ReadFileAsync($"{_inside}/c\nd", Cancelled));

        string target = Path.Combine(_host.FullName, "back");
        Assert.Empty((await container.CopyFromAsync(_inside, target, Cancelled)).LeftOut);
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(target, "c\nd"), Cancelled));
    }

    [Fact]
    public async Task CopyToAsync_follows_the_link_that_is_named_and_takes_pipes_along()
    {
        Directory.CreateDirectory(Path.Combine(_host.FullName, "real"));
        await File.WriteAllTextAsync(Path.Combine(_host.FullName, "real", "file"), "content", Cancelled);
        using (System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(_host.FullName, "real", "pipe")))
            await made.WaitForExitAsync(Cancelled);
        Directory.CreateSymbolicLink(Path.Combine(_host.FullName, "link"), "real");

        Container container = await idle.GetAsync();
        Assert.Empty((await container.CopyToAsync(Path.Combine(_host.FullName, "link"), _inside, cancellationToken: Cancelled)).LeftOut);
        Assert.Equal("content", await ShellAsync($"cat {_inside}/file"));
        Assert.Equal("fifo\n", await ShellAsync($"stat -c %F {_inside}/pipe"));
        CopyResult back = await container.CopyFromAsync(_inside, Path.Combine(_host.FullName, "back"), Cancelled);
        Assert.Equal("pipe: a named pipe", Assert.Single(back.LeftOut));
    }

    [Fact]
    public async Task Reading_a_missing_file_says_which()
    {
        Container container = await idle.GetAsync();
        ContainerFileException exception = await Assert.ThrowsAsync<ContainerFileException>(
            () => container.ReadFileAsync($"{_inside}/missing", Cancelled));
        Assert.Contains("missing", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writing_where_nothing_can_be_written_says_why()
    {
        Container container = await idle.GetAsync();
        await Assert.ThrowsAsync<ContainerFileException>(
            () => container.WriteFileAsync("/proc/nothing", "x"u8.ToArray(), cancellationToken: Cancelled));
    }

    [Fact]
    public async Task CopyToAsync_of_a_missing_host_file_says_which()
    {
        Container container = await idle.GetAsync();
        await Assert.ThrowsAsync<FileNotFoundException>(
            () => container.CopyToAsync(Path.Combine(_host.FullName, "missing"), "/tmp/x", cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Files_given_to_the_builder_are_there_before_the_process_starts()
    {
        await File.WriteAllTextAsync(Path.Combine(_host.FullName, "seed"), "from the host", Cancelled);
        await using Container container = await TestRuntime.Idle
            .WithFile("/data/bytes", "from bytes", (UnixFileMode)0b110_000_000, 1000, 1000)
            .WithCopy(_host.FullName, "/data/dir")
            .WithTmpfs("/scratch").WithFile("/scratch/file", "in a tmpfs")
            .WithCommand("sh", "-c", "cat /data/bytes /data/dir/seed /scratch/file; stat -c ' %a %u' /data/bytes")
            .StartTestAsync();
        await container.Exited.WaitAsync(Cancelled);
        Assert.Equal("from bytesfrom the hostin a tmpfs 600 1000\n", container.ReadOutput(OutputStreams.Stdout));
    }

    private async Task<string> ShellAsync(string script)
    {
        Container container = await idle.GetAsync();
        ExecResult result = await container.ExecAsync(["sh", "-c", script], cancellationToken: Cancelled);
        Assert.True(result.ExitCode == 0, result.Stderr);
        return result.Stdout;
    }
}
