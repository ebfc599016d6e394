using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>
/// An open directory of the host. Names in it are bytes, and no call follows a symbolic link at the name that it gets. So a walk that goes
/// down folder by folder stays below its starting point.
/// </summary>
internal sealed unsafe class Folder : IDisposable
{
    // The values that differ between the systems: O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_CREAT, O_EXCL, O_CLOEXEC.
    private static readonly int s_onlyFolder = OperatingSystem.IsMacOS() ? 0x100000 : IsArm ? 0x4000 : 0x10000;
    private static readonly int s_noFollow = OperatingSystem.IsMacOS() ? 0x100 : IsArm ? 0x8000 : 0x20000;
    private static readonly int s_nonBlocking = OperatingSystem.IsMacOS() ? 0x4 : 0x800;
    private static readonly int s_createNew = OperatingSystem.IsMacOS() ? 0xA00 : 0xC0;
    private static readonly int s_closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    private const int WriteOnly = 1;
    private const int LongestTarget = 1 << 16;

    private readonly SafeFileHandle _handle;

    private Folder(SafeFileHandle handle, string path) => (_handle, Path) = (handle, path);

    /// <summary>The path at which it was opened; for messages.</summary>
    public string Path { get; }

    /// <summary>The descriptor; owned by the folder.</summary>
    public SafeFileHandle Handle => _handle;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Opens a directory by its path. Symbolic links in the path are followed, because the path is the caller's own.</summary>
    public static Folder Open(string path)
    {
        int here = OperatingSystem.IsMacOS() ? -2 : -100; // AT_FDCWD
        fixed (byte* name = PosixStatus.Terminated(Encoding.UTF8.GetBytes(path)))
            return new Folder(Checked(Libc.OpenAt(here, name, s_onlyFolder | s_closeOnExec, 0), path), path);
    }

    /// <summary>
    /// Opens a file by its path for reading, as <see cref="OpenRead"/> does, but follows the symbolic links of the caller's own path.
    /// </summary>
    public static SafeFileHandle OpenReadPath(string path)
    {
        int here = OperatingSystem.IsMacOS() ? -2 : -100; // AT_FDCWD
        fixed (byte* name = PosixStatus.Terminated(Encoding.UTF8.GetBytes(path)))
            return Checked(Libc.OpenAt(here, name, s_nonBlocking | s_closeOnExec, 0), path);
    }

    /// <summary>Opens the same directory a second time.</summary>
    public Folder Reopen() => new(OpenAt("."u8, s_onlyFolder | s_closeOnExec), Path);

    /// <summary>Opens a directory in this one.</summary>
    public Folder OpenFolder(ReadOnlySpan<byte> name) => new(OpenAt(name, s_onlyFolder | s_noFollow | s_closeOnExec), PathOf(name));

    /// <summary>
    /// Opens a file for reading. A pipe without a writer does not block it. The caller has to check the type of the opened file.
    /// </summary>
    public SafeFileHandle OpenRead(ReadOnlySpan<byte> name) => OpenAt(name, s_noFollow | s_nonBlocking | s_closeOnExec);

    // openat takes the mode as a variadic argument, which Apple's ARM passes elsewhere, so the caller sets the mode of the new file.
    /// <summary>Creates a file that must not exist, for writing. Only its owner can use it until the caller sets a mode.</summary>
    public SafeFileHandle CreateFile(ReadOnlySpan<byte> name) => OpenAt(name, WriteOnly | s_createNew | s_noFollow | s_closeOnExec, 0x180);

    /// <summary>Creates a directory that must not exist. The process's umask applies.</summary>
    public void CreateFolder(ReadOnlySpan<byte> name, UnixFileMode mode)
    {
        fixed (byte* path = PosixStatus.Terminated(name))
        {
            if (Libc.MakeDirectoryAt(Descriptor, path, (uint)mode) != 0)
                throw PosixError.Last(PathOf(name));
        }
    }

    /// <summary>Creates a symbolic link that must not exist.</summary>
    public void CreateSymbolicLink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        fixed (byte* path = PosixStatus.Terminated(name), leadsTo = PosixStatus.Terminated(target))
        {
            if (Libc.SymbolicLinkAt(leadsTo, Descriptor, path) != 0)
                throw PosixError.Last(PathOf(name));
        }
    }

    /// <summary>Gives a file of another directory a second name in this one; returns false if the file system can't.</summary>
    public bool TryCreateHardLink(ReadOnlySpan<byte> name, Folder other, ReadOnlySpan<byte> otherName)
    {
        fixed (byte* path = PosixStatus.Terminated(name), otherPath = PosixStatus.Terminated(otherName))
            return Libc.LinkAt(other.Descriptor, otherPath, Descriptor, path, 0) == 0;
    }

    /// <summary>Returns the status of a name; <see langword="null"/> if the name does not exist.</summary>
    public PosixStatus? Find(ReadOnlySpan<byte> name)
    {
        fixed (byte* path = PosixStatus.Terminated(name))
        {
            return PosixStatus.At(Descriptor, path, followLink: false)
                ?? (Marshal.GetLastPInvokeError() == PosixError.NotFound ? null : throw PosixError.Last(PathOf(name)));
        }
    }

    /// <summary>Returns the target of a symbolic link, as written.</summary>
    public byte[] ReadLink(ReadOnlySpan<byte> name)
    {
        fixed (byte* path = PosixStatus.Terminated(name))
        {
            for (int length = 256; ; length *= 4)
            {
                byte[] target = new byte[length];
                nint read;
                fixed (byte* buffer = target)
                    read = Libc.ReadLinkAt(Descriptor, path, buffer, (nuint)length);
                if (read < 0)
                    throw PosixError.Last(PathOf(name));
                if (read < length || length > LongestTarget)
                    return target[..(int)read];
            }
        }
    }

    /// <summary>Returns the names in it, ordered by their bytes, without <c>.</c> and <c>..</c>.</summary>
    public List<byte[]> Names(CancellationToken cancellationToken)
    {
        // The stream takes ownership of a separate descriptor, which has its own position.
        int descriptor = Libc.OpenAt(Descriptor, Dot, s_onlyFolder | s_closeOnExec, 0);
        nint stream = descriptor < 0 ? 0 : Libc.OpenDirectoryStream(descriptor);
        if (stream == 0)
        {
            Exception error = PosixError.Last(Path);
            if (descriptor >= 0)
                _ = Libc.Close(descriptor);
            throw error;
        }

        var names = new List<byte[]>();
        try
        {
            while (NextName(stream) is { } name)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!name.AsSpan().SequenceEqual("."u8) && !name.AsSpan().SequenceEqual(".."u8))
                    names.Add(name);
            }
        }
        finally
        {
            _ = Libc.CloseDirectory(stream);
        }

        names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return names;
    }

    public void Dispose() => _handle.Dispose();

    // SAFETY: a literal in the image of the program, which ends with a NUL and never moves.
    private static byte* Dot => (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference("."u8));

    private byte[]? NextName(nint stream)
    {
        byte* entry = Libc.ReadDirectory(stream);
        if (entry is null)
            return Marshal.GetLastPInvokeError() == 0 ? null : throw PosixError.Last(Path);

        // SAFETY: d_name is a string that ends with a NUL, at 19 in Linux's struct dirent and at 21 in macOS's.
        return MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + (OperatingSystem.IsMacOS() ? 21 : 19)).ToArray();
    }

    private SafeFileHandle OpenAt(ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        fixed (byte* path = PosixStatus.Terminated(name))
            return Checked(Libc.OpenAt(Descriptor, path, flags, mode), PathOf(name));
    }

    private static SafeFileHandle Checked(int descriptor, string path) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw PosixError.Last(path);

    private string PathOf(ReadOnlySpan<byte> name) => System.IO.Path.Combine(Path, Encoding.UTF8.GetString(name));
}
