using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>What the agent asks of disks and of the filesystems on them.</summary>
internal static unsafe class BlockDevices
{
    /// <summary>
    /// Forgets what the kernel has read of the disks when it looked for partitions. The disk of a machine that is restored from a
    /// template is not the one that the template was booted with, and nobody reads it in between.
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

    /// <summary>Makes sure that no disk is mounted anywhere: only one that is not can be opened exclusively.</summary>
    /// <exception cref="LinuxException">One is.</exception>
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

    /// <summary>Tells the disk which blocks are unused. Returns how many bytes they are.</summary>
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
        // SAFETY: each caller passes what its request reads and writes.
        if (Libc.ioctl(file.Number, request, argument) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), attempt);
    }
}
