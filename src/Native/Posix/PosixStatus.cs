using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>The status of a file from stat(2), which has more than <see cref="FileSystemInfo"/>.</summary>
internal readonly record struct PosixStatus
{
    private const int CurrentDirectory = -100; // AT_FDCWD; -2 on macOS
    private const int BlockSize = 512; // the unit of st_blocks, whatever the file system's own is

    /// <summary>The file system that the file is in.</summary>
    public required ulong Device { get; init; }

    /// <summary>The file's number in the file system.</summary>
    public required ulong Inode { get; init; }

    /// <summary>The type and the permissions (<c>st_mode</c>).</summary>
    public required uint Mode { get; init; }

    /// <summary>The owner's user id.</summary>
    public required uint UserId { get; init; }

    /// <summary>The size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>
    /// The bytes that the file takes on the disk, fewer than its size if it is sparse. Blocks that a reflinked copy shares count in each
    /// file.
    /// </summary>
    public required long Allocated { get; init; }

    /// <summary>The time of the last change of the content: seconds since 1970 and nanoseconds.</summary>
    public required (long Seconds, uint Nanoseconds) Modified { get; init; }

    /// <summary>The time of the last change of the content or of the metadata. Programs can't set it.</summary>
    public required (long Seconds, uint Nanoseconds) Changed { get; init; }

    /// <summary>The number of the device, if the file is a device.</summary>
    public required (uint Major, uint Minor) Special { get; init; }

    /// <summary>The permission bits, with the set-id bits and the sticky bit.</summary>
    public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);

    /// <summary>The file's type.</summary>
    public PosixFileType Type => (PosixFileType)(Mode & 0xF000);

    /// <summary>Reads the status of a path.</summary>
    /// <exception cref="IOException">The status could not be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A directory on the path can't be entered.</exception>
    public static unsafe PosixStatus Of(string path, bool followLink)
    {
        fixed (byte* name = Terminated(Encoding.UTF8.GetBytes(path)))
            return At(OperatingSystem.IsMacOS() ? -2 : CurrentDirectory, name, followLink) ?? throw PosixError.Last(path);
    }

    /// <summary>Reads the status of an open file.</summary>
    /// <exception cref="IOException">The status could not be read.</exception>
    public static unsafe PosixStatus Of(SafeFileHandle file)
    {
        bool added = false;
        try
        {
            file.DangerousAddRef(ref added);
            int descriptor = (int)file.DangerousGetHandle();
            byte* result = stackalloc byte[256];
            byte empty = 0;

            // SAFETY: struct statx has 256 bytes on every Linux, and macOS's struct stat 144; the descriptor is held open meanwhile.
            int failed = OperatingSystem.IsMacOS()
                ? Libc.StatOpen(descriptor, result)
                : Libc.StatxAt(descriptor, &empty, 0x1000 /* AT_EMPTY_PATH */, 0x7FF /* STATX_BASIC_STATS */, result);
            return failed == 0 ? Read(new ReadOnlySpan<byte>(result, 256)) : throw PosixError.Last("An open file");
        }
        finally
        {
            if (added)
                file.DangerousRelease();
        }
    }

    /// <summary>
    /// Returns the status of a name in a directory; <see langword="null"/> when that fails, with the error as the last one.
    /// </summary>
    internal static unsafe PosixStatus? At(int directory, byte* name, bool followLink)
    {
        byte* result = stackalloc byte[256];

        // SAFETY: struct statx has 256 bytes on every Linux, and macOS's struct stat 144; the name ends with a NUL.
        int failed = OperatingSystem.IsMacOS()
            ? Libc.StatAt(directory, name, result, followLink ? 0 : 0x20 /* AT_SYMLINK_NOFOLLOW */)
            : Libc.StatxAt(directory, name, followLink ? 0 : 0x100 /* AT_SYMLINK_NOFOLLOW */, 0x7FF /* STATX_BASIC_STATS */, result);
        return failed == 0 ? Read(new ReadOnlySpan<byte>(result, 256)) : null;
    }

    /// <summary>Returns a name in the form that C needs.</summary>
    /// <exception cref="ArgumentException">The name contains a NUL; C would ignore everything after it.</exception>
    internal static byte[] Terminated(ReadOnlySpan<byte> name) => name.Contains((byte)0)
        ? throw new ArgumentException("A file's name can't have a NUL in it.", nameof(name))
        : [.. name, 0];

    private static PosixStatus Read(ReadOnlySpan<byte> result) => OperatingSystem.IsMacOS() ? ReadStat(result) : ReadStatx(result);

    private static PosixStatus ReadStatx(ReadOnlySpan<byte> result) => new()
    {
        UserId = U32(result, 20),
        Mode = BitConverter.ToUInt16(result[28..]),
        Inode = (ulong)S64(result, 32),
        Size = S64(result, 40),
        Allocated = S64(result, 48) * BlockSize,
        Changed = (S64(result, 96), U32(result, 104)),
        Modified = (S64(result, 112), U32(result, 120)),
        Special = (U32(result, 128), U32(result, 132)),
        Device = ((ulong)U32(result, 136) << 32) | U32(result, 140),
    };

    private static PosixStatus ReadStat(ReadOnlySpan<byte> result) => new()
    {
        Device = U32(result, 0),
        Mode = BitConverter.ToUInt16(result[4..]),
        Inode = (ulong)S64(result, 8),
        UserId = U32(result, 16),
        Special = (U32(result, 24) >> 24, U32(result, 24) & 0xFFFFFF),
        Modified = (S64(result, 48), (uint)S64(result, 56)),
        Changed = (S64(result, 64), (uint)S64(result, 72)),
        Size = S64(result, 96),
        Allocated = S64(result, 104) * BlockSize,
    };

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static long S64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);
}

/// <summary>The types of files, as in <c>st_mode</c>.</summary>
internal enum PosixFileType
{
    NamedPipe = 0x1000,
    CharacterDevice = 0x2000,
    Folder = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    SymbolicLink = 0xA000,
    Socket = 0xC000,
}
