using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>
/// File operations on paths as the calling thread sees them. They never follow a symbolic link at the end of a path. Names are bytes.
/// </summary>
internal static unsafe class PathOperations
{
    public static void MakeDirectory(ReadOnlySpan<byte> path, uint mode)
    {
        using PathTail tail = PathTail.Of(path);

        // SAFETY: here and below, names end with NUL and are pinned for the length of the call.
        fixed (byte* name = tail.Name)
            Check(Libc.mkdirat(tail.Directory, name, mode), "mkdir", path);
    }

    /// <summary>Makes a directory with its parents; existing directories stay as they are.</summary>
    public static void MakeDirectories(ReadOnlySpan<byte> path)
    {
        // Walks from the end back to the part that exists, then forward again: most often all of it exists. No recursion, since a path may
        // have any length.
        int end = path.Length;
        while (end > 0 && FileStatus.Find(path[..end], followLink: true) is null)
            end = Math.Max(0, path[..end].LastIndexOf((byte)'/'));
        while (end < path.Length)
        {
            int slash = path[(end + 1)..].IndexOf((byte)'/');
            end = slash < 0 ? path.Length : end + 1 + slash;
            if (FileStatus.Find(path[..end], followLink: true) is null)
                MakeDirectory(path[..end], 0x1ED);
        }
    }

    public static void RemoveFile(ReadOnlySpan<byte> path) => Remove(path, 0);

    public static void RemoveDirectory(ReadOnlySpan<byte> path) => Remove(path, At.RemoveDirectory);

    public static void MakeSymbolicLink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> path)
    {
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name, content = PathTail.Terminate(target))
            Check(Libc.symlinkat(content, tail.Directory, name), "symlink", path);
    }

    public static void MakeHardLink(ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path)
    {
        using PathTail from = PathTail.Of(existing);
        using PathTail to = PathTail.Of(path);
        fixed (byte* fromName = from.Name, toName = to.Name)
            Check(Libc.linkat(from.Directory, fromName, to.Directory, toName, 0), "link", path);
    }

    public static void MakeNode(ReadOnlySpan<byte> path, uint mode, uint major, uint minor)
    {
        // makedev(3): the low 8 bits of the minor, 12 of the major, the remaining bits of both above.
        ulong device = (minor & 0xFFu) | (ulong)(major & 0xFFFu) << 8 | (ulong)(minor & ~0xFFu) << 12 | (ulong)(major & ~0xFFFu) << 32;
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name)
            Check(Libc.mknodat(tail.Directory, name, mode, device), "mknod", path);
    }

    public static Descriptor Open(ReadOnlySpan<byte> path, int flags, uint mode = 0)
    {
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name)
        {
            int number = Libc.openat(tail.Directory, name, flags | OpenFlags.CloseOnExec, mode);
            Check(number, "open", path);
            return new Descriptor(number);
        }
    }

    public static void ChangeOwner(ReadOnlySpan<byte> path, uint user, uint group)
    {
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name)
            Check(Libc.fchownat(tail.Directory, name, user, group, At.SymlinkNoFollow), "chown", path);
    }

    /// <summary>Changes the mode of a file. The path must not be a symbolic link, which has no mode.</summary>
    public static void ChangeMode(ReadOnlySpan<byte> path, uint mode)
    {
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name)
            Check(Libc.fchmodat(tail.Directory, name, mode, 0), "chmod", path);
    }

    public static void SetModified(ReadOnlySpan<byte> path, long seconds, uint nanoseconds)
    {
        // SAFETY: utimensat reads two structures.
        TimeSpecification* times = stackalloc TimeSpecification[2];
        times[0] = times[1] = new TimeSpecification { Seconds = seconds, Nanoseconds = nanoseconds };
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name)
            Check(Libc.utimensat(tail.Directory, name, times, At.SymlinkNoFollow), "set the time of", path);
    }

    public static byte[] ReadLink(ReadOnlySpan<byte> path)
    {
        const int PathMax = 4096;
        byte* target = stackalloc byte[PathMax];
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name)
        {
            // SAFETY: readlinkat writes at most the given number of bytes, and no NUL.
            nint length = Libc.readlinkat(tail.Directory, name, target, PathMax);
            Check((int)length, "readlink", path);
            return new ReadOnlySpan<byte>(target, (int)length).ToArray();
        }
    }

    private static void Remove(ReadOnlySpan<byte> path, int flags)
    {
        using PathTail tail = PathTail.Of(path);
        fixed (byte* name = tail.Name)
            Check(Libc.unlinkat(tail.Directory, name, flags), "remove", path);
    }

    private static void Check(int result, string attempt, ReadOnlySpan<byte> path)
    {
        if (result < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"{attempt} {PathText.Of(path)}");
    }
}
