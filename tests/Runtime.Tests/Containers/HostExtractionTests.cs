using System.Formats.Tar;
using System.Text;

namespace Islet.Containers;

/// <summary>What a container hands to the host is hostile: nothing may be written outside the directory, whatever the tar says.</summary>
public sealed class HostExtractionTests : IDisposable
{
    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("islet-extraction-");
    private readonly MemoryStream _tar = new();
    private readonly TarWriter _writer;

    public HostExtractionTests() => _writer = new TarWriter(_tar, TarEntryFormat.Pax, leaveOpen: true);

    private string Root => Path.Combine(_outside.FullName, "root");

    public void Dispose()
    {
        _writer.Dispose();
        _outside.Delete(recursive: true);
    }

    [Fact]
    public async Task Files_directories_and_links_arrive_with_content_mode_and_time()
    {
        var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        Add(TarEntryType.Directory, "d", mode: 0b111_101_000, time: time);
        Add(TarEntryType.RegularFile, "d/file", content: "text", mode: 0b110_100_000, time: time);
        Add(TarEntryType.HardLink, "d/hard", link: "d/file");
        Add(TarEntryType.SymbolicLink, "d/soft", link: "file");
        await ExtractAsync();

        Assert.Equal("text", await File.ReadAllTextAsync(Path.Combine(Root, "d/file"), TestContext.Current.CancellationToken));
        Assert.Equal("text", await File.ReadAllTextAsync(Path.Combine(Root, "d/hard"), TestContext.Current.CancellationToken));
        Assert.Equal("file", new FileInfo(Path.Combine(Root, "d/soft")).LinkTarget);
        Assert.Equal((UnixFileMode)0b110_100_000, File.GetUnixFileMode(Path.Combine(Root, "d/file")));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(Path.Combine(Root, "d")));
        Assert.Equal(time.UtcDateTime, File.GetLastWriteTimeUtc(Path.Combine(Root, "d/file")));
        Assert.Equal(time.UtcDateTime, Directory.GetLastWriteTimeUtc(Path.Combine(Root, "d")));
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("d/../../escaped")]
    [InlineData("/escaped")]
    public async Task A_name_that_leads_out_is_refused(string name)
    {
        Add(TarEntryType.RegularFile, name, content: "x");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.False(File.Exists(Path.Combine(_outside.FullName, "escaped")));
    }

    [Fact]
    public async Task A_file_below_a_symbolic_link_does_not_go_through_it()
    {
        Add(TarEntryType.SymbolicLink, "link", link: _outside.FullName);
        Add(TarEntryType.RegularFile, "link/escaped", content: "x");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.False(File.Exists(Path.Combine(_outside.FullName, "escaped")));
    }

    [Fact]
    public async Task A_file_in_place_of_a_symbolic_link_does_not_write_through_it()
    {
        string victim = Path.Combine(_outside.FullName, "victim");
        await File.WriteAllTextAsync(victim, "untouched", TestContext.Current.CancellationToken);
        Add(TarEntryType.SymbolicLink, "link", link: victim);
        Add(TarEntryType.RegularFile, "link", content: "x");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.Equal("untouched", await File.ReadAllTextAsync(victim, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_hard_link_to_a_file_of_the_host_is_refused()
    {
        string victim = Path.Combine(_outside.FullName, "victim");
        await File.WriteAllTextAsync(victim, "secret", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Root);
        File.Copy(victim, Path.Combine(Root, "present"));
        Add(TarEntryType.HardLink, "copy", link: "present");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
    }

    [Fact]
    public async Task A_set_user_id_bit_stays_behind()
    {
        Add(TarEntryType.RegularFile, "tool", content: "x", mode: 0b100_111_101_101);
        await ExtractAsync();
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(Root, "tool")));
    }

    [Fact]
    public async Task An_existing_file_is_not_overwritten()
    {
        Directory.CreateDirectory(Root);
        await File.WriteAllTextAsync(Path.Combine(Root, "file"), "mine", TestContext.Current.CancellationToken);
        Add(TarEntryType.RegularFile, "file", content: "theirs");
        await Assert.ThrowsAsync<ContainerFileException>(ExtractAsync);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(Root, "file"), TestContext.Current.CancellationToken));
    }

    private void Add(
        TarEntryType type, string name, string? content = null, string? link = null, int mode = 0b110_100_100, DateTimeOffset? time = null)
    {
        var entry = new PaxTarEntry(type, name) { Mode = (UnixFileMode)mode, ModificationTime = time ?? DateTimeOffset.UtcNow };
        if (link is not null)
            entry.LinkName = link;
        if (content is not null)
            entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        _writer.WriteEntry(entry);
    }

    private async Task ExtractAsync()
    {
        _writer.Dispose();
        _tar.Position = 0;
        await new HostExtraction(Root).ExtractAsync(_tar, TestContext.Current.CancellationToken);
    }
}
