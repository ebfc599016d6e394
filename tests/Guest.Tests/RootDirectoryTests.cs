using Islet.Guest.Linux;

namespace Islet.Guest.Tests;

public sealed class RootDirectoryTests : IDisposable
{
    private const uint Mode = 0x1A4;

    private readonly string _path = Directory.CreateTempSubdirectory("islet-root-").FullName;
    private readonly RootDirectory _root;

    public RootDirectoryTests() => _root = RootDirectory.Open(_path);

    public void Dispose()
    {
        _root.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Theory]
    [InlineData("as long")]
    [InlineData("short")]
    [InlineData("longer than before")]
    [InlineData("")]
    public void WriteFile_leaves_the_new_content_alone_in_the_same_file(string content)
    {
        _root.WriteFile("/etc", "name", "as long"u8, Mode);
        using FileStream reader = File.OpenRead(Path.Combine(_path, "etc", "name"));

        _root.WriteFile("/etc", "name", System.Text.Encoding.ASCII.GetBytes(content), Mode);

        using var text = new StreamReader(reader);
        Assert.Equal(content, text.ReadToEnd());
    }

    [Fact]
    public void WriteFile_replaces_a_symbolic_link_and_follows_none()
    {
        Directory.CreateDirectory(Path.Combine(_path, "etc"));
        string target = Path.Combine(_path, "target"), link = Path.Combine(_path, "etc", "link");
        File.WriteAllText(target, "untouched");
        File.CreateSymbolicLink(link, target);

        _root.WriteFile("/etc", "link", "new"u8, Mode);

        Assert.Equal("untouched", File.ReadAllText(target));
        Assert.Null(new FileInfo(link).LinkTarget);
        Assert.Equal("new", File.ReadAllText(link));
    }
}
