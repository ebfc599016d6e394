using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The names in a directory, read in batches, because a container decides how many there are.</summary>
/// <remarks>
/// The directory is not kept open between two reads, so that a tree may have any depth: the kernel's own offsets mark the place to
/// continue.
/// </remarks>
internal sealed class DirectoryEntries
{
    private const int BatchBytes = 64 * 1024;

    [ThreadStatic]
    private static byte[]? s_buffer;

    private long _offset;
    private bool _ended;

    /// <summary>
    /// Reads the next names, in the order of their bytes; empty when there are no more. A directory of ordinary size is read in one batch.
    /// </summary>
    /// <exception cref="LinuxException">The directory can't be read, or is not a directory any more.</exception>
    /// <param name="path">The directory, the same at each call.</param>
    public unsafe List<byte[]> ReadSome(ReadOnlySpan<byte> path)
    {
        const int SEEK_SET = 0;
        var names = new List<byte[]>();
        if (_ended)
            return names;

        using Descriptor directory = PathOperations.Open(path, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow);
        if (_offset != 0 && Libc.lseek(directory.Number, _offset, SEEK_SET) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"read {PathText.Of(path)}");
        byte[] buffer = s_buffer ??= new byte[BatchBytes];
        int taken = 0;
        while (taken < BatchBytes)
        {
            nint length;

            // SAFETY: the kernel fills at most the given size with whole entries, and returns the number of bytes that it has filled.
            fixed (byte* start = buffer)
                length = Libc.getdents64(directory.Number, start, BatchBytes);
            if (length < 0)
                throw new LinuxException(Marshal.GetLastPInvokeError(), $"read {PathText.Of(path)}");
            if (length == 0)
            {
                _ended = true;
                break;
            }

            taken += (int)length;
            Take(buffer.AsSpan(0, (int)length), names);
        }

        names.Sort(static (one, other) => one.AsSpan().SequenceCompareTo(other));
        return names;
    }

    private void Take(ReadOnlySpan<byte> entries, List<byte[]> names)
    {
        // struct linux_dirent64: inode and offset, 8 bytes each, the entry's length, its type, its name with a NUL.
        const int OffsetOffset = 8, LengthOffset = 16, NameOffset = 19;
        while (!entries.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(entries[LengthOffset..]);
            _offset = BinaryPrimitives.ReadInt64LittleEndian(entries[OffsetOffset..]);
            ReadOnlySpan<byte> name = entries[NameOffset..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                names.Add(name.ToArray());
            entries = entries[length..];
        }
    }
}
