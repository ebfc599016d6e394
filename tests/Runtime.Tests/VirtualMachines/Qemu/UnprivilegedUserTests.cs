using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class UnprivilegedUserTests
{
    private const string RootOfHost = "         0          0 4294967295\n";

    [Theory]
    [InlineData("000001ffffffffff", true)] // root
    [InlineData("00000000a80425fb", true)] // root of a Docker container
    [InlineData("0000000000000000", false)]
    [InlineData("000001ffffffffdf", false)] // without CAP_KILL: it could not end its machines
    [InlineData("000001ffffffff7f", false)] // without CAP_SETUID
    [InlineData("nonsense", false)]
    public void IsRootOfHost_takes_the_capabilities_to_change_user_and_to_end_its_processes(string capabilities, bool expected) =>
        Assert.Equal(expected, UnprivilegedUser.IsRootOfHost(
            RootOfHost, ["Name:\tdotnet", "CapPrm:\t000001ffffffffff", "CapEff:\t" + capabilities]));

    [Theory]
    [InlineData("         0       1000          1\n")]
    [InlineData("         0       1000          1\n         1     100000      65536\n")]
    [InlineData("")]
    public void IsRootOfHost_root_of_a_user_namespace_is_not(string map) =>
        Assert.False(UnprivilegedUser.IsRootOfHost(map, ["CapEff:\t000001ffffffffff"]));

    [Theory]
    [InlineData("root:x:0:0::/:/bin/sh|nobody:x:65534:65533:nobody:/:/bin/false|islet:x:990:989::/:/bin/false", "islet 990:989")]
    [InlineData("root:x:0:0::/:/bin/sh|nobody:*:65534:65533:nobody:/:/bin/false|qemu:x:107:107::/:", "nobody 65534:65533")]
    [InlineData("islet:x:0:0::/:|nobody:x:65534:65534::/:", "nobody 65534:65534")]
    [InlineData("nobody:x:99:0::/:", "nobody 65534:65534")]
    [InlineData("nobody|nobody:x|:::|root:x:0:0::/:", "nobody 65534:65534")]
    [InlineData("", "nobody 65534:65534")]
    public void Choose_takes_a_user_of_its_own_or_nobody_or_the_kernels_overflow_user(string users, string expected)
    {
        UnprivilegedUser user = UnprivilegedUser.Choose(users.Split('|'));

        Assert.Equal(expected, $"{user.Name} {user.UserId}:{user.GroupId}");
    }
}
