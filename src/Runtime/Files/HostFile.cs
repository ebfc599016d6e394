using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.Files;

/// <summary>A file or directory of the host that is about to be copied, in the state in which the walk found it.</summary>
/// <param name="Name">Its path below the copied path, in bytes; empty for the copied path itself.</param>
/// <param name="Status">Its kind, mode, size and times.</param>
internal abstract record HostFile(byte[] Name, PosixStatus Status)
{
    /// <summary>Its permissions in a container, where it gets another owner: set-id bits of files mean nothing there.</summary>
    public ushort Permissions => (ushort)(Status.Type == PosixFileType.Folder ? Status.Mode & 0xFFF : Status.Mode & 0x3FF);

    /// <summary>Opens a regular file. It may have become another kind of file meanwhile.</summary>
    public abstract SafeFileHandle OpenRead();

    /// <summary>Returns the target of a symbolic link, in bytes.</summary>
    public abstract byte[] ReadLink();
}
