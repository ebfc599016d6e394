using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>Acts on paths as the calling thread sees them, and never through a symbolic link at the end of one.</summary>
internal static unsafe class PathOperations
{
    private const int Here = At.WorkingDirectory;

    public static void MakeDirectory(string path, uint mode) => Check(Libc.mkdirat(Here, path, mode), "mkdir", path);

    /// <summary>Makes a directory with its parents; what is there already is left as it is.</summary>
    public static void MakeDirectories(string path)
    {
        if (FileStatus.Find(path, followLink: true) is not null)
            return;
        int slash = path.LastIndexOf('/');
        if (slash > 0)
            MakeDirectories(path[..slash]);
        MakeDirectory(path, 0x1ED);
    }

    public static void RemoveFile(string path) => Check(Libc.unlinkat(Here, path, 0), "remove", path);

    public static void RemoveDirectory(string path) => Check(Libc.unlinkat(Here, path, At.RemoveDirectory), "remove", path);

    public static void MakeSymbolicLink(string target, string path) => Check(Libc.symlinkat(target, Here, path), "symlink", path);

    public static void MakeHardLink(string existing, string path) => Check(Libc.linkat(Here, existing, Here, path, 0), "link", path);

    public static void MakeNode(string path, uint mode, uint major, uint minor)
    {
        // makedev(3): the low 8 bits of the minor, 12 of the major, the rest of both above.
        ulong device = (minor & 0xFFu) | (ulong)(major & 0xFFFu) << 8 | (ulong)(minor & ~0xFFu) << 12 | (ulong)(major & ~0xFFFu) << 32;
        Check(Libc.mknodat(Here, path, mode, device), "mknod", path);
    }

    public static void ChangeOwner(string path, uint user, uint group) =>
        Check(Libc.fchownat(Here, path, user, group, At.SymlinkNoFollow), "chown", path);

    /// <summary>The path must not be a symbolic link, which has no mode.</summary>
    public static void ChangeMode(string path, uint mode) => Check(Libc.fchmodat(Here, path, mode, 0), "chmod", path);

    public static void SetModified(string path, DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        long seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out long rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);

        // SAFETY: utimensat reads two structures.
        TimeSpecification* times = stackalloc TimeSpecification[2];
        times[0] = times[1] = new TimeSpecification { Seconds = seconds, Nanoseconds = rest * TimeSpan.NanosecondsPerTick };
        Check(Libc.utimensat(Here, path, times, At.SymlinkNoFollow), "set the time of", path);
    }

    public static string ReadLink(string path)
    {
        const int PathMax = 4096;
        byte* target = stackalloc byte[PathMax];

        // SAFETY: readlinkat writes at most the given number of bytes, and no NUL.
        nint length = Libc.readlinkat(Here, path, target, PathMax);
        Check((int)length, "readlink", path);
        return Encoding.UTF8.GetString(target, (int)length);
    }

    public static void SetAttribute(string path, string name, ReadOnlySpan<byte> value)
    {
        // SAFETY: the kernel reads the pinned value only.
        fixed (byte* start = value)
            Check(Libc.lsetxattr(path, name, start, (nuint)value.Length, 0), $"set the attribute {name} of", path);
    }

    /// <summary>The extended attributes with their values; none where the filesystem has none.</summary>
    public static List<(string Name, byte[] Value)> ReadAttributes(string path)
    {
        const int Limit = 64 * 1024; // XATTR_LIST_MAX and XATTR_SIZE_MAX
        var attributes = new List<(string, byte[])>();
        nint size = Libc.llistxattr(path, null, 0);
        if (size <= 0)
            return attributes;

        var names = new byte[Limit];
        var value = new byte[Limit];

        // SAFETY: both arrays are pinned and as long as the kernel is told.
        fixed (byte* namesStart = names, valueStart = value)
        {
            nint length = Libc.llistxattr(path, namesStart, Limit);
            for (nint start = 0; start < length;)
            {
                string name = Marshal.PtrToStringUTF8((nint)(namesStart + start))!;
                start += Encoding.UTF8.GetByteCount(name) + 1;
                nint valueLength = Libc.lgetxattr(path, name, valueStart, Limit);
                if (valueLength >= 0)
                    attributes.Add((name, value[..(int)valueLength]));
            }
        }

        return attributes;
    }

    private static void Check(int result, string attempt, string path)
    {
        if (result < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"{attempt} {path}");
    }
}
