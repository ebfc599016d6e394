using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>Looks into directories, without the enumeration of .NET, which is long for one question.</summary>
internal static class Directories
{
    /// <summary>Is there nothing at all at the path, or a directory with nothing in it? A symbolic link is something.</summary>
    public static bool IsEmptyOrMissing(string path)
    {
        using Descriptor? directory = Descriptor.TryOpen(path, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow);
        return directory is null ? Marshal.GetLastPInvokeError() == Errno.ENOENT : IsEmpty(directory);
    }

    private static unsafe bool IsEmpty(Descriptor directory)
    {
        const int Size = 1024;
        byte* entries = stackalloc byte[Size];

        // SAFETY: the kernel fills at most the given size with whole entries, and returns how much it has filled.
        while (Libc.getdents64(directory.Number, entries, Size) is > 0 and nint length)
        {
            if (!HoldsOnlyItself(new ReadOnlySpan<byte>(entries, (int)length)))
                return false;
        }

        return true;
    }

    private static bool HoldsOnlyItself(ReadOnlySpan<byte> entries)
    {
        // struct linux_dirent64: inode and offset, 8 bytes each, the entry's length, its type, its name with a NUL.
        const int LengthOffset = 16, NameOffset = 19;
        while (!entries.IsEmpty)
        {
            ReadOnlySpan<byte> name = entries[NameOffset..];
            if (!name.StartsWith(".\0"u8) && !name.StartsWith("..\0"u8))
                return false;
            entries = entries[BinaryPrimitives.ReadUInt16LittleEndian(entries[LengthOffset..])..];
        }

        return true;
    }
}
