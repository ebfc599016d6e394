namespace Islet.Testing.Tests;

public sealed class VirtualMachineRequirementTests
{
    private static readonly BackendSupport s_none = BackendSupport.Unsupported("Install qemu-system-x86.");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    public void FindSkipReason_where_none_can_run_is_the_backends(string? required) =>
        Assert.Equal("Install qemu-system-x86.", VirtualMachineRequirement.FindSkipReason(s_none, required));

    [Fact]
    public void FindSkipReason_where_none_can_run_and_one_must_throws_the_backends_reason()
    {
        var error = Assert.Throws<HostUnsupportedException>(() => VirtualMachineRequirement.FindSkipReason(s_none, "1"));
        Assert.EndsWith("Install qemu-system-x86.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1")]
    public void FindSkipReason_where_one_can_run_is_none(string? required) =>
        Assert.Null(VirtualMachineRequirement.FindSkipReason(BackendSupport.Supported("QEMU"), required));
}
