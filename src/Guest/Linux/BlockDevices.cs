using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The agent's operations on disks and on the filesystems on them.</summary>
internal static unsafe class BlockDevices
{
    /// <summary>
    /// Drops the disk blocks that the kernel read when it looked for partitions. A machine restored from a template has another disk than
    /// the template was booted with, and nothing reads the disk in between.
    /// </summary>
    public static void DropCaches()
    {
        const nuint BLKFLSBUF = 0x1261;
        for (char letter = 'a'; Descriptor.TryOpen(Disk(letter), OpenFlags.ReadOnly) is { } disk; letter++)
        {
            using (disk)
                Command(disk, BLKFLSBUF, null, $"drop the cache of {Disk(letter)}");
        }
    }

    /// <summary>Makes sure that no disk is mounted anywhere: only a disk that is not mounted can be opened exclusively.</summary>
    /// <exception cref="LinuxException">A disk is mounted.</exception>
    public static void RequireUnused()
    {
        for (char letter = 'a'; File.Exists(Disk(letter)); letter++)
            Descriptor.Open(Disk(letter), OpenFlags.ReadOnly | OpenFlags.Exclusive).Dispose();
    }

    public static void Freeze(Descriptor directory)
    {
        const nuint FIFREEZE = 0xC0045877;
        int unused = 0;
        Command(directory, FIFREEZE, &unused, "freeze the root filesystem");
    }

    public static void Thaw(Descriptor directory)
    {
        const nuint FITHAW = 0xC0045878;
        int unused = 0;
        Command(directory, FITHAW, &unused, "thaw the root filesystem");
    }

    /// <summary>Tells the disk which blocks are unused. Returns the number of bytes in them.</summary>
    public static ulong Trim(Descriptor directory)
    {
        const nuint FITRIM = 0xC0185879;

        // SAFETY: struct fstrim_range: start, length, smallest extent; the kernel writes the trimmed length back.
        ulong* range = stackalloc ulong[3] { 0, ulong.MaxValue, 0 };
        Command(directory, FITRIM, range, "trim the root filesystem");
        return range[1];
    }

    public static void Sync(Descriptor directory)
    {
        if (Libc.syncfs(directory.Number) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "sync the root filesystem");
    }

    private static string Disk(char letter) => $"/dev/vd{letter}";

    private static void Command(Descriptor file, nuint request, void* argument, string attempt)
    {
        // SAFETY: each caller passes the argument that its request reads or writes.
        if (Libc.ioctl(file.Number, request, argument) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), attempt);
    }
}
