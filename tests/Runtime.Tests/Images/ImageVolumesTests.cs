using Islet.Images;

namespace Islet.Tests.Images;

public sealed class ImageVolumesTests
{
    [Theory]
    [InlineData("/data", "/data")]
    [InlineData("data/", "/data")]
    [InlineData("/a/./b//c/", "/a/b/c")]
    [InlineData("/a/../../etc", "/etc")]
    [InlineData("/", null)]
    [InlineData("..", null)]
    [InlineData("", null)]
    public void A_path_is_read_as_Docker_does_and_never_leads_out(string volume, string? path) =>
        Assert.Equal(path is null ? [] : [path], ImageVolumes.Paths([volume]));

    [Fact]
    public void Outer_volumes_come_first_and_none_twice() =>
        Assert.Equal(["/a", "/a/b", "/c"], ImageVolumes.Paths(["/c", "/a/b", "/a/", "/a"]));
}
