using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Islet.Description;
using Islet.Files;
using Islet.Tar;
using Islet.Tests.Disks;

namespace Islet.Tests.Files;

/// <summary>Files of the host that are copied into a container.</summary>
public sealed class HostTarTests : IDisposable
{
    private readonly DirectoryInfo _host = Directory.CreateTempSubdirectory("islet-host-tar-");
    private readonly LeftOutFiles _leftOut = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => ExternalTool.Require("rm", "coreutils").Run("-rf", _host.FullName);

    [Fact]
    public async Task A_file_that_grows_meanwhile_has_the_length_it_had_and_nothing_behind_it_is_lost()
    {
        string log = PathOf("log");
        await File.WriteAllBytesAsync(log, new byte[3 << 20], Cancelled);
        await File.WriteAllTextAsync(PathOf("zz.txt"), "behind", Cancelled);

        // The stream makes the file longer whenever a piece of its content is written.
        var growing = new CallbackStream(() => File.AppendAllBytes(log, new byte[1000]));
        await WriteAsync(growing, _host.FullName, "/d");

        Dictionary<string, Read> entries = Entries(growing.ToArray());
        Assert.True(new FileInfo(log).Length > 3 << 20);
        Assert.Equal(3 << 20, entries["d/log"].Content.Length);
        Assert.Equal("behind", entries["d/zz.txt"].Text);
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_meanwhile_is_an_error_that_names_it()
    {
        string log = PathOf("log");
        await File.WriteAllBytesAsync(log, new byte[3 << 20], Cancelled);
        var cutting = new CallbackStream(() => File.WriteAllBytes(log, []));
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => WriteAsync(cutting, _host.FullName, "/d"));
        Assert.Contains("log", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_size_the_kernel_does_not_tell_arrives_whole()
    {
        Assert.Equal(0, new FileInfo("/proc/version").Length);
        Assert.StartsWith("Linux version", (await WriteAsync("/proc/version", "/v"))["v"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_that_the_caller_names_are_followed_and_those_below_are_not()
    {
        Directory.CreateDirectory(PathOf("real"));
        await File.WriteAllTextAsync(PathOf("real/a.txt"), "content", Cancelled);
        File.CreateSymbolicLink(PathOf("real/inner"), "a.txt");
        File.CreateSymbolicLink(PathOf("linkfile"), "real/a.txt");
        Directory.CreateSymbolicLink(PathOf("linkdir"), "real");

        Read file = Assert.Single(await WriteAsync(PathOf("linkfile"), "/c/f")).Value;
        Assert.Equal((TarEntryType.RegularFile, "content"), (file.Entry.Type, file.Text));

        Dictionary<string, Read> folder = await WriteAsync(PathOf("linkdir"), "/c1");
        Assert.Equal(["c1/", "c1/a.txt", "c1/inner"], folder.Keys);
        Assert.Equal("content", folder["c1/a.txt"].Text);
        Assert.Equal(
            (TarEntryType.SymbolicLink, "a.txt"),
            (folder["c1/inner"].Entry.Type, Encoding.UTF8.GetString(folder["c1/inner"].Entry.LinkName)));
    }

    [Fact]
    public async Task The_key_of_a_copy_is_that_of_what_a_link_leads_to()
    {
        await File.WriteAllTextAsync(PathOf("one"), "1", Cancelled);
        await File.WriteAllTextAsync(PathOf("two"), "2", Cancelled);
        File.CreateSymbolicLink(PathOf("link"), "one");
        string before = await HostTreeHash.HashAsync(PathOf("link"), Cancelled);
        Assert.Equal(await HostTreeHash.HashAsync(PathOf("one"), Cancelled), before);

        File.Delete(PathOf("link"));
        File.CreateSymbolicLink(PathOf("link"), "two");
        Assert.NotEqual(before, await HostTreeHash.HashAsync(PathOf("link"), Cancelled));
    }

    [Fact]
    public async Task Pipes_are_never_opened_and_sockets_are_left_out_with_a_line()
    {
        ExternalTool.Require("mkfifo", "coreutils").Run(PathOf("pipe"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(PathOf("socket")));
        await File.WriteAllTextAsync(PathOf("z"), "last", Cancelled);

        Dictionary<string, Read> entries = await WriteAsync(_host.FullName, "/d");
        Assert.Equal(TarEntryType.NamedPipe, entries["d/pipe"].Entry.Type);
        Assert.Equal("last", entries["d/z"].Text);
        Assert.DoesNotContain("d/socket", entries.Keys);
        Assert.Equal("d/socket: a socket, which no archive can hold", Assert.Single(_leftOut.ToResult().LeftOut));
        Assert.Equal(TarEntryType.NamedPipe, Assert.Single(await WriteAsync(PathOf("pipe"), "/p")).Value.Entry.Type);
        Assert.Equal(64, (await HostTreeHash.HashAsync(_host.FullName, Cancelled)).Length);
    }

    [Fact]
    public async Task A_device_is_copied_as_what_it_is()
    {
        TarEntry device = Assert.Single(await WriteAsync("/dev/null", "/n")).Value.Entry;
        Assert.Equal((TarEntryType.CharacterDevice, 1u, 3u), (device.Type, device.DeviceMajor, device.DeviceMinor));
    }

    [Fact]
    public async Task Names_and_targets_are_bytes()
    {
        string all = new([.. Enumerable.Range(1, 255).Where(value => value != '/').Select(value => (char)value)]);
        string[] names = [all, "\xE9", "a\nb", "\x1b[0m"];
        string python = string.Join("; ", names.Select(name =>
            $"open({Bytes(_host.FullName + "/" + name)}, 'wb').write({Bytes(name)}); os.symlink({Bytes(name)}, "
            + $"{Bytes(_host.FullName + "/l" + name.Length)})"));
        ToolResult made = ExternalTool.Require("python3", "python3").Run("-c", "import os; " + python);
        Assert.True(made.ExitCode == 0, made.Error);

        Dictionary<string, Read> entries = await WriteAsync(_host.FullName, "/d");
        foreach (string name in names)
        {
            Assert.Equal(name, Encoding.Latin1.GetString(entries["d/" + name].Content));
            Assert.Equal(name, Encoding.Latin1.GetString(entries["d/l" + name.Length].Entry.LinkName));
        }

        Assert.Equal(64, (await HostTreeHash.HashAsync(_host.FullName, Cancelled)).Length);
    }

    [Fact]
    public async Task A_path_with_a_newline_stays_one_path()
    {
        var tar = new MemoryStream();
        var writer = new TarStreamWriter(tar);
        await HostTar.WriteAsync(
            writer, new ContainerFile("/etc/passwd\nx", "evil"u8.ToArray(), (UnixFileMode)0b110_100_100, 7, 8), Cancelled);
        await HostTar.WriteAsync(
            writer, new ContainerFile("/d\n=1", default, (UnixFileMode)0b111_101_101, 0, 0, IsDirectory: true), Cancelled);
        await writer.CompleteAsync(Cancelled);

        Dictionary<string, Read> entries = Entries(tar.ToArray());
        Assert.Equal(["etc/passwd\nx", "d\n=1/"], entries.Keys);
        Assert.Equal((7u, 8u), (entries["etc/passwd\nx"].Entry.UserId, entries["etc/passwd\nx"].Entry.GroupId));
    }

    [Fact]
    public async Task Half_a_character_in_a_path_is_refused_and_not_replaced() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => HostTar.WriteAsync(
            new TarStreamWriter(Stream.Null), new ContainerFile("/a\ud800b", default, default, 0, 0), Cancelled));

    [Theory]
    [InlineData(null, 0b101_101_000, 0b111_101_000)]
    [InlineData(0b110_100_100, 0b110_100_100, 0b111_101_101)]
    [InlineData(0b110_000_000, 0b110_000_000, 0b111_000_000)]
    public async Task Modes_are_the_hosts_without_set_id_bits_or_those_asked_for(int? asked, int file, int folder)
    {
        Directory.CreateDirectory(PathOf("d"));
        await File.WriteAllTextAsync(PathOf("d/tool"), "x", Cancelled);
        File.SetUnixFileMode(PathOf("d/tool"), (UnixFileMode)0b110_101_101_000);
        File.SetUnixFileMode(PathOf("d"), (UnixFileMode)0b111_101_000);

        Dictionary<string, Read> entries = await WriteAsync(PathOf("d"), "/d", (UnixFileMode?)asked);
        Assert.Equal((file, folder), (entries["d/tool"].Entry.Permissions, entries["d/"].Entry.Permissions));
    }

    [Fact]
    public async Task A_tree_that_is_deeper_than_a_stack_is_long_is_walked()
    {
        string deep = PathOf(string.Join('/', Enumerable.Repeat("d", 1500)));
        Directory.CreateDirectory(deep);
        await File.WriteAllTextAsync(deep + "/f", "x", Cancelled);
        Assert.Equal(1502, (await WriteAsync(_host.FullName, "/t")).Count);
        Assert.Equal(64, (await HostTreeHash.HashAsync(_host.FullName, Cancelled)).Length);
    }

    [Fact]
    public async Task A_copy_and_a_key_can_be_cancelled()
    {
        await File.WriteAllBytesAsync(PathOf("big"), new byte[8 << 20], Cancelled);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var stopping = new CallbackStream(cancel.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WriteAsync(stopping, _host.FullName, "/d", token: cancel.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HostTreeHash.HashAsync(_host.FullName, cancel.Token));
    }

    [Fact]
    public async Task GNU_tar_reads_what_is_written()
    {
        string longName = string.Join('/', Enumerable.Repeat(new string('n', 60), 6));
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(longName))!);
        await File.WriteAllTextAsync(PathOf(longName), "deep", Cancelled);
        File.CreateSymbolicLink(PathOf("link"), new string('t', 300));
        await File.WriteAllTextAsync(PathOf("second"), "x", Cancelled);
        File.SetLastWriteTimeUtc(PathOf("second"), new DateTime(2001, 2, 3, 4, 5, 6, 500, DateTimeKind.Utc));

        var tar = new MemoryStream();
        await WriteAsync(tar, _host.FullName, "/top", userId: 3_000_000);
        string archive = Path.Combine(_host.FullName, "archive.tar");
        await File.WriteAllBytesAsync(archive, tar.ToArray(), Cancelled);
        string listing = ExternalTool.Require("tar", "tar").Run("--full-time", "--numeric-owner", "-tvf", archive).Output;
        Assert.Contains("top/" + longName, listing, StringComparison.Ordinal);
        Assert.Contains("link -> " + new string('t', 300), listing, StringComparison.Ordinal);
        Assert.Contains("3000000/0", listing, StringComparison.Ordinal);
        Assert.Equal((981173106L, 500_000_000u), Assert.Single(await WriteAsync(PathOf("second"), "/s")).Value.Modified);
    }

    private static string Bytes(string latin1) =>
        "b'" + string.Concat(latin1.Select(c => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"))) + "'";

    private static Dictionary<string, Read> Entries(byte[] tar)
    {
        var reader = new TarStreamReader(new MemoryStream(tar));
        var entries = new Dictionary<string, Read>();
        while (reader.ReadEntry() is { } entry)
        {
            byte[] content = new byte[entry.Size];
            reader.ReadContent(content);
            entries.Add(Encoding.Latin1.GetString(entry.Name), new Read(entry, content));
        }

        Assert.True(reader.HasEndMark);
        return entries;
    }

    private string PathOf(string name) => Path.Combine(_host.FullName, name);

    private async Task<Dictionary<string, Read>> WriteAsync(string source, string path, UnixFileMode? mode = null)
    {
        var tar = new MemoryStream();
        await WriteAsync(tar, source, path, mode);
        return Entries(tar.ToArray());
    }

    private async Task WriteAsync(
        Stream tar, string source, string path, UnixFileMode? mode = null, int userId = 0, CancellationToken? token = null)
    {
        var writer = new TarStreamWriter(tar);
        await HostTar.WriteAsync(writer, new HostCopy(source, path, mode, userId, 0), _leftOut, token ?? Cancelled);
        await writer.CompleteAsync(token ?? Cancelled);
    }

    private sealed record Read(TarEntry Entry, byte[] Content)
    {
        public string Text => Encoding.UTF8.GetString(Content);

        public (long, uint) Modified => (Entry.Modified.Seconds, Entry.Modified.Nanoseconds);
    }

    private sealed class CallbackStream(Action written) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(buffer.Span);
            if (buffer.Length > 1 << 16)
                written();
            return ValueTask.CompletedTask;
        }
    }
}
