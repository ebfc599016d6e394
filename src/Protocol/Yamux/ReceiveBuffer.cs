using System.Buffers;

namespace Islet.Protocol.Yamux;

/// <summary>A buffer of bytes received and not yet read: a ring that grows as far as the receive window lets the peer fill it.</summary>
internal sealed class ReceiveBuffer
{
    private const int InitialCapacity = 16 * 1024;

    private byte[] _ring = [];
    private int _start;

    public int Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (Length + bytes.Length > _ring.Length)
            Grow(Length + bytes.Length);

        int end = (_start + Length) % _ring.Length;
        int first = Math.Min(bytes.Length, _ring.Length - end);
        bytes[..first].CopyTo(_ring.AsSpan(end));
        bytes[first..].CopyTo(_ring);
        Length += bytes.Length;
    }

    /// <returns>The number of bytes read: all available bytes, or as many as fit.</returns>
    public int Read(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, Length);
        int first = Math.Min(count, _ring.Length - _start);
        _ring.AsSpan(_start, first).CopyTo(destination);
        _ring.AsSpan(0, count - first).CopyTo(destination[first..]);
        Length -= count;
        _start = Length == 0 ? 0 : (_start + count) % _ring.Length;
        return count;
    }

    /// <summary>Drops all bytes and frees the memory.</summary>
    public void Clear()
    {
        if (_ring.Length > 0)
            ArrayPool<byte>.Shared.Return(_ring);
        _ring = [];
        _start = 0;
        Length = 0;
    }

    private void Grow(int required)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialCapacity, Math.Max(required, _ring.Length * 2)));
        int length = Read(larger);
        Clear();
        _ring = larger;
        Length = length;
    }
}
