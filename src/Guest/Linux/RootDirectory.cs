using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>
/// A directory inside which paths are resolved as if it were the root: symbolic links and `..` of the image stay inside (openat2 with
/// RESOLVE_IN_ROOT).
/// </summary>
internal sealed class RootDirectory(Descriptor directory) : IDisposable
{
    private const nint OpenAt2 = 437; // the same number on every architecture

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    public static RootDirectory Open(string path) =>
        new(Descriptor.Open(path, OpenFlags.PathOnly | OpenFlags.Directory));

    public static RootDirectory? TryOpen(string path) =>
        Descriptor.TryOpen(path, OpenFlags.PathOnly | OpenFlags.Directory) is { } found ? new RootDirectory(found) : null;

    /// <summary>Opens a path inside the directory; returns null and the error number when it can't be opened.</summary>
    public unsafe Descriptor? TryOpen(string path, int flags, uint mode, out int error)
    {
        const ulong RESOLVE_NO_MAGICLINKS = 0x02, RESOLVE_IN_ROOT = 0x10;
        const int Attempts = 128; // a rename during the walk makes it fail with EAGAIN, by design

        var how = new OpenHow
        {
            Flags = (uint)(flags | OpenFlags.CloseOnExec),
            Mode = mode,
            Resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
        };
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            for (int attempt = 0; ; attempt++)
            {
                // SAFETY: name is a NUL-terminated string that lives until the finally; how is on this stack frame.
                nint number = Libc.syscall(OpenAt2, directory.Number, name, (nint)(&how), sizeof(OpenHow), 0);
                error = number >= 0 ? 0 : Marshal.GetLastPInvokeError();
                if (number >= 0)
                    return new Descriptor((int)number);
                if ((error != Errno.EAGAIN && error != Errno.EINTR) || attempt == Attempts)
                    return null;
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    public Descriptor Open(string path, int flags, uint mode = 0) =>
        TryOpen(path, flags, mode, out int error) ?? throw new LinuxException(error, $"open {path}");

    /// <summary>Reads a small regular file; null when it is missing, not a regular file, or larger than the limit.</summary>
    public byte[]? TryReadFile(string path, int limit)
    {
        // Not blocking: the image may have a pipe where the file is expected.
        using Descriptor? file = TryOpen(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal, 0, out _);
        if (file is null)
            return null;
        FileStatus status = FileStatus.Of(file);
        if (!status.IsRegularFile || status.Size > (ulong)limit)
            return null;

        var content = new byte[(int)status.Size];
        int length = 0;
        while (length < content.Length)
        {
            int count = file.Read(content.AsSpan(length));
            if (count <= 0)
                break;
            length += count;
        }

        return length == content.Length ? content : content[..length];
    }

    /// <summary>Whether the file does not exist or is empty.</summary>
    public bool IsEmptyOrMissing(string path)
    {
        const int SEEK_END = 2;
        using Descriptor? file = TryOpen(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal, 0, out _);
        return file is null || Libc.lseek(file.Number, 0, SEEK_END) == 0;
    }

    /// <summary>
    /// Replaces the content of a file. A symbolic link or a pipe at the path is replaced, not followed, because a mount may cover the
    /// target of a link later.
    /// </summary>
    /// <remarks>The new content overwrites the old one, and the remaining old bytes are cut off: truncating first takes longer.</remarks>
    public void WriteFile(string directoryPath, string name, ReadOnlySpan<byte> content, uint mode)
    {
        const int SEEK_SET = 0, SEEK_END = 2;
        using Descriptor file = OpenToWrite(directoryPath, name, mode);
        bool shrinks = Libc.lseek(file.Number, 0, SEEK_END) > content.Length;
        _ = Libc.lseek(file.Number, 0, SEEK_SET);
        int error = file.WriteAll(content);
        if (error == 0 && shrinks && Libc.ftruncate(file.Number, content.Length) < 0)
            error = Marshal.GetLastPInvokeError();
        if (error != 0)
            throw new LinuxException(error, $"write {directoryPath}/{name}");
    }

    public void Dispose() => directory.Dispose();

    private static int WriteFlags =>
        OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.NoFollow | OpenFlags.NonBlocking | OpenFlags.CloseOnExec;

    private Descriptor OpenToWrite(string directoryPath, string name, uint mode)
    {
        using Descriptor parent = OpenOrMakeDirectory(directoryPath);
        int number = Libc.openat(parent.Number, name, WriteFlags, mode);
        if (number < 0 && Marshal.GetLastPInvokeError() is Errno.ELOOP or Errno.ENXIO)
        {
            _ = Libc.unlinkat(parent.Number, name, 0);
            number = Libc.openat(parent.Number, name, WriteFlags, mode);
        }

        return number >= 0
            ? new Descriptor(number)
            : throw new LinuxException(Marshal.GetLastPInvokeError(), $"write {directoryPath}/{name}");
    }

    private Descriptor OpenOrMakeDirectory(string path)
    {
        if (TryOpen(path, OpenFlags.PathOnly | OpenFlags.Directory, 0, out int error) is { } found)
            return found;
        int slash = path.LastIndexOf('/');
        if (error != Errno.ENOENT || slash < 0 || slash == path.Length - 1)
            throw new LinuxException(error, $"open {path}");

        using Descriptor parent = OpenOrMakeDirectory(slash == 0 ? "/" : path[..slash]);
        if (Libc.mkdirat(parent.Number, path[(slash + 1)..], 0x1ED) < 0 && Marshal.GetLastPInvokeError() != Errno.EEXIST)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"mkdir {path}");
        return Open(path, OpenFlags.PathOnly | OpenFlags.Directory);
    }
}
