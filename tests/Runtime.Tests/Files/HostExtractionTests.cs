using System.Text;
using Islet.Files;
using Islet.Tar;
using Islet.Tests.Disks;

namespace Islet.Tests.Files;

/// <summary>
/// Files that a container hands to the host are hostile: nothing may be written outside the directory, whatever the tar contains.
/// </summary>
public sealed class HostExtractionTests : IDisposable
{
    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("islet-extraction-");
    private readonly LayerArchive _tar = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Root => Path.Combine(_outside.FullName, "root");

    public void Dispose() => ExternalTool.Require("rm", "coreutils").Run("-rf", _outside.FullName);

    [Fact]
    public async Task Files_directories_and_links_arrive_with_content_mode_and_time()
    {
        const long time = 981173106;
        _tar.Directory("d", mode: 0b111_101_000, mtime: time)
            .File("d/file", "text"u8.ToArray(), mode: 0b110_100_000, mtime: time)
            .HardLink("d/hard", "d/file")
            .SymbolicLink("d/soft", "file");
        Assert.Empty((await ExtractAsync()).LeftOut);

        Assert.Equal("text", await File.ReadAllTextAsync(Path.Combine(Root, "d/file"), Cancelled));
        Assert.Equal("text", await File.ReadAllTextAsync(Path.Combine(Root, "d/hard"), Cancelled));
        Assert.Equal("file", new FileInfo(Path.Combine(Root, "d/soft")).LinkTarget);
        Assert.Equal((UnixFileMode)0b110_100_000, File.GetUnixFileMode(Path.Combine(Root, "d/file")));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(Path.Combine(Root, "d")));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(time), File.GetLastWriteTimeUtc(Path.Combine(Root, "d/file")));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(time), Directory.GetLastWriteTimeUtc(Path.Combine(Root, "d")));
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("d/../../escaped")]
    [InlineData("/escaped")]
    public async Task A_name_that_leads_out_is_refused(string name)
    {
        _tar.File(name, "x");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.False(File.Exists(Path.Combine(_outside.FullName, "escaped")));
    }

    [Theory]
    [InlineData("", '0')]
    [InlineData(".", '0')]
    [InlineData(".", '2')]
    [InlineData(".", '1')]
    [InlineData("./", '2')]
    [InlineData(".//./", '6')]
    public async Task An_entry_that_is_no_directory_and_has_the_name_of_the_directory_is_refused(string name, char type)
    {
        _tar.File("first").Entry(type, name, linkName: "first");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.Equal(["first"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_directory_itself_may_be_an_entry()
    {
        _tar.Directory("./", mode: 0b111_000_000).File("./file", "x");
        await ExtractAsync();
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Root));
    }

    [Fact]
    public async Task Thousands_of_directories_in_one_another_are_an_error_and_no_stack_overflow()
    {
        _tar.File(string.Concat(Enumerable.Repeat("d/", 50_000)) + "file", "x");
        Assert.Contains("longer", (await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_directories_in_one_another_arrive()
    {
        string name = string.Concat(Enumerable.Repeat("d/", 1000)) + "file";
        _tar.File(name, "deep");
        await ExtractAsync();
        Assert.Equal("deep", await File.ReadAllTextAsync(Path.Combine(Root, name), Cancelled));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("nonsense")]
    public async Task A_header_that_makes_no_sense_is_an_error_of_the_tar(string size)
    {
        _tar.Pax("size", size).File("file", "x");
        await Assert.ThrowsAsync<TarException>(ExtractAsync);
    }

    [Fact]
    public async Task A_negative_size_is_an_error_of_the_tar()
    {
        byte[] header = LayerArchive.Header('0', "file", 0);
        LayerArchive.Number(header, 124, 12, -512);
        LayerArchive.Seal(header);
        _tar.Block(header);
        await Assert.ThrowsAsync<TarException>(ExtractAsync);
    }

    [Fact]
    public async Task Content_that_is_cut_off_is_no_success()
    {
        _tar.Block(LayerArchive.Header('0', "file", 5000)).Block(new byte[512]);
        await Assert.ThrowsAsync<TarException>(() => ExtractAsync(end: false));
    }

    [Fact]
    public async Task A_tar_without_its_end_is_no_success()
    {
        _tar.File("file", "x");
        await Assert.ThrowsAsync<TarException>(() => ExtractAsync(end: false));
    }

    [Fact]
    public async Task A_file_below_a_symbolic_link_does_not_go_through_it()
    {
        _tar.SymbolicLink("link", _outside.FullName).File("link/escaped", "x");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.False(File.Exists(Path.Combine(_outside.FullName, "escaped")));
    }

    [Fact]
    public async Task A_directory_entry_over_a_symbolic_link_does_not_change_what_it_leads_to()
    {
        UnixFileMode before = File.GetUnixFileMode(_outside.FullName);
        _tar.SymbolicLink("link", _outside.FullName).Directory("link", mode: 0b111_111_111);
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.Equal(before, File.GetUnixFileMode(_outside.FullName));
    }

    [Fact]
    public async Task A_link_of_the_host_inside_the_directory_is_not_written_through()
    {
        Directory.CreateDirectory(Root);
        File.CreateSymbolicLink(Path.Combine(Root, "link"), _outside.FullName);
        _tar.File("link/escaped", "x");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.False(File.Exists(Path.Combine(_outside.FullName, "escaped")));
    }

    [Fact]
    public async Task A_file_with_the_name_of_a_symbolic_link_does_not_write_through_it()
    {
        string victim = Path.Combine(_outside.FullName, "victim");
        await File.WriteAllTextAsync(victim, "untouched", Cancelled);
        _tar.SymbolicLink("link", victim).File("link", "x");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.Equal("untouched", await File.ReadAllTextAsync(victim, Cancelled));
    }

    [Fact]
    public async Task A_hard_link_to_a_file_of_the_host_is_refused()
    {
        Directory.CreateDirectory(Root);
        await File.WriteAllTextAsync(Path.Combine(Root, "present"), "secret", Cancelled);
        _tar.HardLink("copy", "present");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
    }

    [Fact]
    public async Task A_second_name_of_a_link_is_the_same_link_and_that_of_a_pipe_is_left_out()
    {
        _tar.File("a", "x").SymbolicLink("s", "a").HardLink("s2", "s").HardLink("s3", "s2")
            .Entry('6', "pipe").HardLink("pipe2", "pipe").HardLink("pipe3", "pipe2")
            .Entry('3', "device", major: 1, minor: 3)
            .File("z", "last");
        CopyResult result = await ExtractAsync();

        Assert.Equal(["a", "s", "s2", "s3", "z"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName).Order());
        Assert.Equal("a", new FileInfo(Path.Combine(Root, "s2")).LinkTarget);
        Assert.Equal("a", new FileInfo(Path.Combine(Root, "s3")).LinkTarget);
        Assert.Equal(
            ["pipe: a named pipe", "pipe2: a named pipe", "pipe3: a named pipe", "device: a character device"], result.LeftOut);
    }

    [Fact]
    public async Task What_is_left_out_is_told_in_a_thousand_lines_at_most()
    {
        for (int i = 0; i < 1500; i++)
            _tar.Entry('6', "pipe" + i);
        IReadOnlyList<string> lines = (await ExtractAsync()).LeftOut;
        Assert.Equal((1001, "… and 500 more"), (lines.Count, lines[^1]));
    }

    [Fact]
    public async Task Set_id_bits_stay_behind()
    {
        _tar.File("tool", "x", mode: 0b110_111_101_101).Directory("d", mode: 0b111_111_101_101);
        await ExtractAsync();
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(Root, "tool")));
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(Root, "d")));
    }

    [Fact]
    public async Task A_directory_without_permissions_still_takes_its_entries_in_whatever_order_they_come()
    {
        _tar.File("a/b/c", "x").Directory("a/b", mode: 0).Directory("a", mode: 0).File("a/d", "y");
        await ExtractAsync();
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(Path.Combine(Root, "a")));
        File.SetUnixFileMode(Path.Combine(Root, "a"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(Path.Combine(Root, "a/b")));
    }

    [Fact]
    public async Task An_existing_file_is_not_overwritten()
    {
        Directory.CreateDirectory(Root);
        await File.WriteAllTextAsync(Path.Combine(Root, "file"), "mine", Cancelled);
        _tar.File("file", "theirs");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(Root, "file"), Cancelled));
    }

    [Fact]
    public async Task Names_are_bytes_and_arrive_as_they_are()
    {
        // Latin-1: each character is a byte. A name may contain any byte except the slash and NUL.
        string all = new([.. Enumerable.Range(1, 255).Where(value => value != '/').Select(value => (char)value)]);
        string[] names = [all, "\xE9t\xE9", "line\nbreak", "tail ", "\x1b[31m", "-rf", "UTF-8 \xC3\xA9"];
        foreach (string name in names)
            _tar.File(name, name).SymbolicLink("to " + name[..1] + name.Length, name);
        await ExtractAsync();

        ExternalTool python = ExternalTool.Require("python3", "python3");
        string listing = python.Run(
            "-c", $"import os; print(sorted(n for n in os.listdir({PythonBytes(Root)}) if not n.startswith(b'to ')))").Output;
        Assert.Equal(names.Order(StringComparer.Ordinal).Select(PythonBytes), SplitPython(listing));
        foreach (string name in names)
        {
            string path = $"os.path.join({PythonBytes(Root)}, {PythonBytes(name)})";
            Assert.Equal(PythonBytes(name), python.Run("-c", $"import os; print(ascii(open({path}, 'rb').read()))").Output.Trim());
        }
    }

    [Fact]
    public async Task A_name_in_an_error_is_fit_to_be_shown()
    {
        _tar.File("../\x1b[2J\xFF\n::error::", "x");
        ContainerFileException error = await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.Contains("\\x1b[2J\\xff\\x0a::error::", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public async Task A_directory_that_can_not_be_written_is_a_typed_error()
    {
        await File.WriteAllTextAsync(Root, "a file", Cancelled);
        _tar.File("x");
        await Assert.ThrowsAsync<StorageException>(ExtractAsync);
    }

    [Fact]
    public async Task A_stream_that_never_speaks_can_be_cancelled()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var silent = new System.IO.Pipelines.Pipe();
        Task<CopyResult> copy = new HostExtraction(Root).ExtractAsync(silent.Reader.AsStream(), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copy);
    }

    [Fact]
    public async Task A_sparse_file_keeps_its_holes_and_its_size()
    {
        _tar.Pax("GNU.sparse.map", "1000000,4").Pax("GNU.sparse.size", "2000000").File("sparse", "data");
        await ExtractAsync();
        byte[] content = await File.ReadAllBytesAsync(Path.Combine(Root, "sparse"), Cancelled);
        Assert.Equal((2_000_000, "data"), (content.Length, Encoding.ASCII.GetString(content, 1_000_000, 4)));
    }

    private static string PythonBytes(string latin1) => "b" + PythonRepr(Encoding.Latin1.GetBytes(latin1));

    // Python's own notation for bytes, which uses single quotes unless the bytes contain a single quote and no double quote.
    private static string PythonRepr(byte[] bytes)
    {
        char quote = bytes.Contains((byte)'\'') && !bytes.Contains((byte)'"') ? '"' : '\'';
        var text = new StringBuilder().Append(quote);
        foreach (byte value in bytes)
        {
            text.Append(value switch
            {
                (byte)'\\' => "\\\\",
                (byte)'\t' => "\\t",
                (byte)'\n' => "\\n",
                (byte)'\r' => "\\r",
                _ when value == quote => "\\" + quote,
                >= 32 and < 127 => ((char)value).ToString(),
                _ => $"\\x{value:x2}",
            });
        }

        return text.Append(quote).ToString();
    }

    private static IEnumerable<string> SplitPython(string list) =>
        list.Trim().TrimStart('[').TrimEnd(']').Split(", b").Select(part => part.StartsWith('b') ? part : "b" + part);

    private Task<CopyResult> ExtractAsync() => ExtractAsync(end: true);

    private Task<CopyResult> ExtractAsync(bool end) =>
        new HostExtraction(Root).ExtractAsync((end ? _tar.End() : _tar).Open(), Cancelled);
}
