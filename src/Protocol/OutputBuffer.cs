using System.Buffers;

namespace Islet.Protocol;

/// <summary>A buffer for outgoing bytes: appended at one end, taken from the other. Keeps its array once it is large enough.</summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int InitialCapacity = 4096;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public int Length => _end - _start;

    /// <summary>The buffered bytes. Valid until the next call of any other member.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(_start, Length);

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_end);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_end);
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _end);
        _end += count;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Drops bytes from the front, which have been sent.</summary>
    public void Release(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length);
        _start += count;
        if (_start == _end)
            _start = _end = 0;
    }

    public void Clear() => _start = _end = 0;

    private void Reserve(int count)
    {
        if (_bytes.Length - _end >= count)
            return;

        int length = Length;
        byte[] target = _bytes;
        if (_bytes.Length - length < count || _start < length)
            target = new byte[Math.Max(InitialCapacity, Math.Max(checked(length + count), _bytes.Length * 2))];

        _bytes.AsSpan(_start, length).CopyTo(target);
        _bytes = target;
        _start = 0;
        _end = length;
    }
}
