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
            {
                // SAFETY: the request has no argument.
                if (Libc.ioctl(disk.Number, BLKFLSBUF, null) < 0)
                    throw new LinuxException(Marshal.GetLastPInvokeError(), $"drop the cache of {Disk(letter)}");
            }
        }
    }

    /// <summary>Makes sure that no disk is mounted anywhere: only a disk that is not mounted can be opened exclusively.</summary>
    /// <exception cref="LinuxException">A disk is mounted.</exception>
    public static void RequireUnused()
    {
        for (char letter = 'a'; File.Exists(Disk(letter)); letter++)
            Descriptor.Open(Disk(letter), OpenFlags.ReadOnly | OpenFlags.Exclusive).Dispose();
    }

    public static void Sync(Descriptor directory)
    {
        if (Libc.syncfs(directory.Number) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "sync the root filesystem");
    }

    private static string Disk(char letter) => $"/dev/vd{letter}";
}
