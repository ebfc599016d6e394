using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>
/// A thread that enters the container's mount namespace and root for one piece of work with files. The kernel resolves every path as the
/// container's processes see it, so no path can lead out. The thread may block as long as it needs.
/// </summary>
internal static class ContainerThread
{
    private const int CLONE_FS = 0x200, CLONE_NEWNS = 0x20000;
    private const int StackSize = 512 * 1024; // nothing that runs there calls itself

    /// <param name="mountNamespace">
    /// An open /proc/PID/ns/mnt, which the thread closes; null while the container has no process: then the thread works on the bare disk.
    /// </param>
    /// <param name="disk">The path at which the agent has mounted the container's disk.</param>
    /// <param name="work">The work to do there.</param>
    /// <param name="failed">Receives any exception, on the new thread, or on the caller's if the thread could not be started.</param>
    public static void Run(Descriptor? mountNamespace, string disk, Action work, Action<Exception> failed)
    {
        try
        {
            new Thread(Enter, StackSize) { IsBackground = true }.Start();
        }
        catch (Exception exception)
        {
            mountNamespace?.Dispose();
            failed(exception);
        }

        // An exception that left a thread would end the process, and PID 1's end is the machine's.
        void Enter()
        {
            try
            {
                bool entered = TryEnter(mountNamespace, disk);
                int error = entered ? 0 : Marshal.GetLastPInvokeError();
                mountNamespace?.Dispose();
                if (!entered)
                    throw new LinuxException(error, "enter the container's files");
                work();
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }
    }

    // All threads share the root and working directory until one of them unshares its own. Entering the namespace moves both to the
    // namespace's root, which is the container's since its pivot_root.
    private static bool TryEnter(Descriptor? mountNamespace, string disk)
    {
        if (Libc.unshare(CLONE_FS) != 0)
            return false;
        return mountNamespace is not null
            ? Libc.setns(mountNamespace.Number, CLONE_NEWNS) == 0
            : Libc.chroot(disk) == 0 && Libc.chdir("/") == 0;
    }
}
