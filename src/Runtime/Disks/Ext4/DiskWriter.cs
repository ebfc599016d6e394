using Microsoft.Win32.SafeHandles;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>Writes blocks, and joins consecutive ones into large writes. Does not own the file.</summary>
internal sealed class DiskWriter(SafeFileHandle file)
{
    private const int BufferSize = 1 << 20;

    private readonly byte[] _buffer = new byte[BufferSize];
    private long _position;
    private int _filled;

    /// <summary>Writes whole blocks.</summary>
    public void Write(long block, ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            Span<byte> room = Reserve(block, Math.Min(content.Length, BufferSize));
            content[..room.Length].CopyTo(room);
            block += room.Length / BlockSize;
            content = content[room.Length..];
        }
    }

    /// <summary>Returns a zeroed block to fill in place; valid until the next call.</summary>
    public Span<byte> Block(long block)
    {
        Span<byte> room = Reserve(block, BlockSize);
        room.Clear();
        return room;
    }

    public void Flush()
    {
        if (_filled > 0)
            RandomAccess.Write(file, _buffer.AsSpan(0, _filled), _position);
        _position += _filled;
        _filled = 0;
    }

    private Span<byte> Reserve(long block, int length)
    {
        long position = block * BlockSize;
        if (position != _position + _filled || length > BufferSize - _filled)
        {
            Flush();
            _position = position;
        }

        _filled += length;
        return _buffer.AsSpan(_filled - length, length);
    }
}
