using System.Numerics;

namespace Islet.Guest.Transport;

/// <summary>
/// Bytes that wait until a descriptor takes them. The callers limit it: at most one receive window waits. An empty queue keeps little
/// memory, because idle connections may be many.
/// </summary>
internal sealed class ByteQueue
{
    private const int SmallestCapacity = 4096;
    private const int LargestKept = 16 * 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    public int Length => _end - _start;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _end < bytes.Length)
            MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    public void Release(int count)
    {
        _start += count;
        if (_start < _end)
            return;
        _start = _end = 0;
        if (_bytes.Length > LargestKept)
            _bytes = [];
    }

    private void MakeRoom(int count)
    {
        int length = Length;
        byte[] target = length + count <= _bytes.Length ? _bytes
            : GC.AllocateUninitializedArray<byte>(Math.Max(SmallestCapacity, (int)BitOperations.RoundUpToPowerOf2((uint)(length + count))));
        _bytes.AsSpan(_start, length).CopyTo(target);
        _bytes = target;
        _start = 0;
        _end = length;
    }
}
