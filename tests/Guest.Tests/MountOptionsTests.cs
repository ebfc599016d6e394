using Islet.Guest.Linux;
using Islet.Guest.Processes;

namespace Islet.Guest.Tests;

public sealed class MountOptionsTests
{
    [Fact]
    public void Parse_sorts_flags_from_what_the_filesystem_understands()
    {
        MountOptions options = MountOptions.Parse(["ro", "nosuid", "noexec", "noatime", "size=1m", "mode=1777"]);

        Assert.Equal(
            MountFlags.ReadOnly | MountFlags.NoSetUserId | MountFlags.NoExecute | MountFlags.NoAccessTimes | MountFlags.NoDevices,
            options.Flags);
        Assert.Equal("size=1m,mode=1777", options.Data);
    }

    [Theory]
    [InlineData("ro", "rw", 0u)]
    [InlineData("rw", "ro", 1u)]
    [InlineData("noexec", "exec", 0u)]
    [InlineData("nosuid", "suid", 0u)]
    public void Parse_lets_the_later_option_win(string first, string second, uint expected)
    {
        Assert.Equal((MountFlags)expected | MountFlags.NoDevices, MountOptions.Parse([first, second]).Flags);
    }

    [Fact]
    public void Parse_never_honours_device_nodes()
    {
        Assert.True(MountOptions.Parse(["dev"]).Flags.HasFlag(MountFlags.NoDevices));
        Assert.True(MountOptions.Parse([]).Flags.HasFlag(MountFlags.NoDevices));
    }

    [Fact]
    public void AttributeFlags_are_what_a_bind_mount_takes()
    {
        MountOptions options = MountOptions.Parse(["rbind", "ro", "nosuid", "noatime"]);

        Assert.True(options.Flags.HasFlag(MountFlags.Bind | MountFlags.Recursive));
        Assert.Equal(0x1UL | 0x2 | 0x4, options.AttributeFlags); // MOUNT_ATTR_RDONLY, NOSUID, NODEV
    }
}
