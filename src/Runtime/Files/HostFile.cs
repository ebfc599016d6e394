using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.Files;

/// <summary>A file or directory of the host that is about to be copied, as it was when the walk came to it.</summary>
/// <param name="Name">Its path below what is copied, in bytes; empty for that itself.</param>
/// <param name="Status">What it is.</param>
internal abstract record HostFile(byte[] Name, PosixStatus Status)
{
    /// <summary>The permissions that it has in a container, where it gets another owner: set-id bits of files mean nothing there.</summary>
    public ushort Permissions => (ushort)(Status.Type == PosixFileType.Folder ? Status.Mode & 0xFFF : Status.Mode & 0x3FF);

    /// <summary>Opens a regular file. It may have become something else meanwhile.</summary>
    public abstract SafeFileHandle OpenRead();

    /// <summary>The target of a symbolic link, in bytes.</summary>
    public abstract byte[] ReadLink();
}
