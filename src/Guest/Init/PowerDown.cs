using Islet.Guest.Linux;
using Islet.Guest.Processes;

namespace Islet.Guest.Init;

/// <summary>The end of the machine: every process, then the disk, then the power.</summary>
internal sealed class PowerDown(EventLoop loop)
{
    private const int PauseMilliseconds = 5;

    // A process that the kernel can't end, such as one that waits for a broken disk, must not keep the machine on.
    private const int MaxPauses = 400;

    private int _pauses;

    public void Begin()
    {
        Children.KillAll();
        AwaitChildren();
    }

    /// <summary>
    /// Waits for all children. The container's mounts end with its last process; before that its disk can't be unmounted.
    /// </summary>
    private void AwaitChildren()
    {
        while (Children.TryReap() is not null)
        {
        }

        if (Children.AnyLeft && _pauses++ < MaxPauses)
            loop.StartTimer(PauseMilliseconds, AwaitChildren);
        else
            Finish();
    }

    private static void Finish()
    {
        Machine.Sync();
        if (!Mounts.TryUnmount(Container.RootMountpoint))
            Mounts.TryDetach(Container.RootMountpoint);
        Machine.Sync();
        Machine.PowerOff();
    }
}
