namespace Islet.Tests.Values;

public sealed class ContainerSignalTests
{
    [Theory]
    [InlineData("SIGTERM", 15)]
    [InlineData("term", 15)]
    [InlineData("9", 9)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("RTMAX-1", 63)]
    public void Parse_a_name_or_number_gives_linux_number(string text, int number) =>
        Assert.Equal(number, ContainerSignal.Parse(text).Number);

    [Theory]
    [InlineData("SIGNOPE")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("SIGRTMIN+40")]
    [InlineData("TERM+1")]
    public void Parse_something_else_says_so(string text) => Assert.Throws<FormatException>(() => ContainerSignal.Parse(text));

    [Fact]
    public void ToString_gives_the_name() => Assert.Equal("SIGKILL", ContainerSignal.Kill.ToString());
}
