using Islet.Guest.Linux;

namespace Islet.Guest.Tests;

public sealed class DirectoriesTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("islet-directories-").FullName;

    private string Subject => Path.Combine(_parent, "subject");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void IsEmptyOrMissing_is_true_for_nothing_and_for_an_empty_directory()
    {
        Assert.True(Directories.IsEmptyOrMissing(Subject));
        Directory.CreateDirectory(Subject);
        Assert.True(Directories.IsEmptyOrMissing(Subject));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(".hidden")]
    [InlineData("..more")]
    public void IsEmptyOrMissing_sees_any_entry(string name)
    {
        Directory.CreateDirectory(Subject);
        File.WriteAllText(Path.Combine(Subject, name), "");
        Assert.False(Directories.IsEmptyOrMissing(Subject));
    }

    [Fact]
    public void IsEmptyOrMissing_is_false_for_what_is_no_directory()
    {
        File.CreateSymbolicLink(Subject, _parent);
        Assert.False(Directories.IsEmptyOrMissing(Subject));
        File.Delete(Subject);
        File.WriteAllText(Subject, "");
        Assert.False(Directories.IsEmptyOrMissing(Subject));
    }
}
