using System.ComponentModel;
using System.Net.Sockets;
using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class DescriptorsTests
{
    [Fact]
    public void TryKillAtEndOf_child_dies_when_the_other_end_is_closed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux sends a signal of one's choice.");
        using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using SocketPair lifeline = SocketPair.Create();
        var child = ChildProcess.Start("/bin/sleep", ["600"], [nowhere, nowhere, nowhere, lifeline.Theirs]);
        Assert.True(Descriptors.TryKillAtEndOf(lifeline.Theirs, child.Id));
        lifeline.Theirs.Dispose();

        lifeline.TakeOurs().Dispose();

        Assert.Equal(Signals.Kill, child.WaitForExit()?.Signal);
    }

    [Fact]
    public void TrySend_to_a_peer_that_is_gone_throws_and_one_without_room_is_told()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        using SocketPair pair = SocketPair.Create();
        using Socket ours = pair.TakeOurs();
        ours.Blocking = false;

        // The kernel bounds the descriptors that are under way, by bytes and by number.
        int sent = 0;
        while (sent < 100_000 && Descriptors.TrySend(ours.SafeHandle, 1, file))
            sent++;
        Assert.InRange(sent, 1, 99_999);

        pair.Theirs.Dispose();
        Assert.Throws<Win32Exception>(() => Descriptors.TrySend(ours.SafeHandle, 1, file));
    }
}
