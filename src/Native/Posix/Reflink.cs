using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>Creates copies that share their blocks until one side is written: Btrfs, XFS, bcachefs, and OverlayFS above them.</summary>
internal static class Reflink
{
    private const nuint CloneFile = 0x40049409; // FICLONE, ioctl_ficlonerange(2)

    /// <summary>Makes an empty file a clone of another; returns false, without a change, if the file system can't.</summary>
    public static bool TryClone(SafeFileHandle source, SafeFileHandle destination) =>
        // SAFETY: the argument of FICLONE is a descriptor, by value; both stay open during the call. macOS has no such ioctl.
        OperatingSystem.IsLinux() && Libc.IoControl(destination, CloneFile, source) == 0;
}
