using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>
/// A filesystem that is not mounted anywhere yet. It is made in the agent's /dev, where its disk is found, and then attached in the
/// container's mount namespace, which has no disks.
/// </summary>
internal static class DetachedMount
{
    private const nint OpenTree = 428, MoveMount = 429; // the same numbers on every architecture
    private const string Staging = "/staging";

    public static Descriptor Create(string source, string type, MountFlags flags, string data)
    {
        const nint OPEN_TREE_CLONE = 1;
        Mounts.MakeDirectory(Staging);
        if (Mounts.TryMount(source, Staging, type, flags, data) is var problem and not 0)
            throw new LinuxException(problem, $"mount {type} from {source}");
        nint name = Marshal.StringToCoTaskMemUTF8(Staging);

        // SAFETY: the name is a string that lives until the call is over.
        nint tree = Libc.syscall(OpenTree, At.WorkingDirectory, name, OPEN_TREE_CLONE | OpenFlags.CloseOnExec, 0, 0);
        int error = Marshal.GetLastPInvokeError();
        Marshal.FreeCoTaskMem(name);
        Mounts.TryDetach(Staging);
        return tree >= 0 ? new Descriptor((int)tree) : throw new LinuxException(error, $"mount {source}");
    }

    /// <summary>Attaches the filesystem to a directory of the calling thread's namespace.</summary>
    public static void Attach(Descriptor tree, string target)
    {
        const nint MOVE_MOUNT_F_EMPTY_PATH = 4;
        nint empty = Marshal.StringToCoTaskMemUTF8("");
        nint name = Marshal.StringToCoTaskMemUTF8(target);

        // SAFETY: both are strings that live until the call is over.
        nint result = Libc.syscall(MoveMount, tree.Number, empty, At.WorkingDirectory, name, MOVE_MOUNT_F_EMPTY_PATH);
        int error = Marshal.GetLastPInvokeError();
        Marshal.FreeCoTaskMem(empty);
        Marshal.FreeCoTaskMem(name);
        if (result < 0)
            throw new LinuxException(error, $"mount on {target}");
    }
}
