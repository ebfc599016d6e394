using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>The result of statx(2), whose layout is the same on every architecture, unlike that of stat(2).</summary>
internal readonly record struct FileStatus(
    uint Mode, ulong Size, uint User, uint Group, uint Links, ulong Inode, ulong Device, ulong SpecialDevice,
    long ModifiedSeconds, uint ModifiedNanoseconds)
{
    public const uint TypeMask = 0xF000, Regular = 0x8000, Directory = 0x4000, SymbolicLink = 0xA000,
        CharacterDevice = 0x2000, BlockDevice = 0x6000, Fifo = 0x1000;

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(20)] public uint User;
        [FieldOffset(24)] public uint Group;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;
        [FieldOffset(128)] public uint SpecialMajor;
        [FieldOffset(132)] public uint SpecialMinor;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }

    public uint Type => Mode & TypeMask;

    public uint SpecialMajor => (uint)(SpecialDevice >> 32);

    public uint SpecialMinor => (uint)SpecialDevice;

    public bool IsRegularFile => Type == Regular;

    public bool IsDirectory => Type == Directory;

    public bool IsSymbolicLink => Type == SymbolicLink;

    public static FileStatus Of(Descriptor file) =>
        TryGet(file.Number, [0], At.EmptyPath, out FileStatus status, out int error) ? status : throw new LinuxException(error, "stat");

    /// <summary>Returns the status of a path as the calling thread sees it; null when it does not exist.</summary>
    public static FileStatus? Find(string path, bool followLink) => Find(Encoding.UTF8.GetBytes(path), followLink);

    /// <inheritdoc cref="Find(string, bool)"/>
    public static FileStatus? Find(ReadOnlySpan<byte> path, bool followLink)
    {
        try
        {
            using PathTail tail = PathTail.Of(path);
            if (TryGet(tail.Directory, tail.Name, followLink ? 0 : At.SymlinkNoFollow, out FileStatus status, out int error))
                return status;
            return error is Errno.ENOENT or Errno.ENOTDIR ? null : throw new LinuxException(error, $"stat {PathText.Of(path)}");
        }
        catch (LinuxException exception) when (exception.Error is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null; // a parent of a very long path
        }
    }

    private static unsafe bool TryGet(int directory, byte[] path, int flags, out FileStatus status, out int error)
    {
        const uint STATX_BASIC_STATS = 0x7FF;
        Statx raw = default;

        // SAFETY: the path ends with NUL; the structure has the 256 bytes that the kernel fills in.
        fixed (byte* name = path)
        {
            if (Libc.statx(directory, name, flags, STATX_BASIC_STATS, &raw) < 0)
            {
                status = default;
                error = Marshal.GetLastPInvokeError();
                return false;
            }
        }

        error = 0;
        status = new FileStatus(
            raw.Mode, raw.Size, raw.User, raw.Group, raw.Links, raw.Inode,
            (ulong)raw.DeviceMajor << 32 | raw.DeviceMinor, (ulong)raw.SpecialMajor << 32 | raw.SpecialMinor,
            raw.ModifiedSeconds, raw.ModifiedNanoseconds);
        return true;
    }
}
