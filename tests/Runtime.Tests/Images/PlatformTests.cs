namespace Islet.Tests.Images;

public sealed class PlatformTests
{
    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("linux/x86_64", "linux/amd64")]
    [InlineData("linux/amd64/v1", "linux/amd64")]
    [InlineData("linux/amd64/v3", "linux/amd64/v3")]
    [InlineData("linux/aarch64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/arm/v7", "linux/arm/v7")]
    [InlineData("linux/arm", "linux/arm/v7")]
    [InlineData("linux/armhf", "linux/arm/v7")]
    [InlineData("linux/armel", "linux/arm/v6")]
    [InlineData("linux/arm/6", "linux/arm/v6")]
    public void Parse_gives_each_platform_one_name(string text, string name) => Assert.Equal(name, Platform.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("/amd64")]
    [InlineData("Linux/amd64")]
    [InlineData("linux/amd64/v3/x")]
    [InlineData("linux/amd64\n")]
    public void TryParse_refuses_what_is_no_platform(string text) => Assert.False(Platform.TryParse(text, out _));

    [Theory]
    [InlineData("linux/amd64", "linux/amd64", 0)]
    [InlineData("linux/amd64", "linux/amd64/v2", 21)]
    [InlineData("linux/amd64", "linux/amd64/v3", 31)]
    [InlineData("linux/amd64/v3", "linux/amd64/v2", 11)]
    [InlineData("linux/amd64/v3", "linux/amd64", 31)]
    [InlineData("linux/amd64/v2", "linux/amd64/v3", null)]
    [InlineData("linux/arm64", "linux/arm64/v8.2", 83)]
    [InlineData("linux/amd64", "linux/arm64", null)]
    [InlineData("linux/amd64", "windows/amd64", null)]
    [InlineData("linux/arm/v7", "linux/arm/v6", 11)]
    [InlineData("linux/arm/v6", "linux/arm/v7", null)]
    [InlineData("linux/amd64", "linux/amd64/turbo", null)]
    public void Distance_says_whose_programs_run_here_too(string wanted, string offered, int? distance) =>
        Assert.Equal(distance, Platform.Parse(wanted).Distance(Platform.Parse(offered)));

    [Fact]
    public void Host_is_linux_on_this_machines_architecture() =>
        Assert.Contains(Platform.Host, new[] { Platform.LinuxAmd64, Platform.LinuxArm64 });
}
