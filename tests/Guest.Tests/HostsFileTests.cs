using Islet.Guest.Processes;

namespace Islet.Guest.Tests;

public sealed class HostsFileTests
{
    [Theory]
    [InlineData("10.0.2.15\told\n", "10.0.2.15\tnew\n")]
    [InlineData("10.0.2.15 alias  old\tother\r\n", "10.0.2.15 alias  new\tother\r\n")]
    [InlineData("  10.0.2.15 old", "  10.0.2.15 new")]
    [InlineData("10.0.2.15 old # old\n", "10.0.2.15 new # old\n")]
    [InlineData("10.0.2.15 old#old\n", "10.0.2.15 new#old\n")]
    [InlineData("10.0.2.15 old\n127.0.0.1 localhost\n10.0.2.15 old\n", "10.0.2.15 new\n127.0.0.1 localhost\n10.0.2.15 new\n")]
    public void Rename_changes_the_name_on_every_line_of_the_address(string before, string after) =>
        Assert.Equal(after, HostsFile.Rename(before, "10.0.2.15", "old", "new"));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("10.0.2.1 old\n")]
    [InlineData("# 10.0.2.15 old\n")]
    [InlineData("#10.0.2.15 old\n10.0.2.151 old\n")]
    [InlineData("10.0.2.15 older old.net 10.0.2.15\n")]
    [InlineData("old 10.0.2.15 old\n")]
    public void Rename_leaves_every_other_line_as_it_is(string content) =>
        Assert.Equal(content, HostsFile.Rename(content, "10.0.2.15", "old", "new"));

    [Fact]
    public void Rename_without_a_former_name_changes_nothing() =>
        Assert.Equal("10.0.2.15 old\n", HostsFile.Rename("10.0.2.15 old\n", "10.0.2.15", "", "new"));
}
