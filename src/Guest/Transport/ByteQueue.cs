using Islet.Guest.Linux;

namespace Islet.Guest.Transport;

/// <summary>Bytes that wait until a descriptor takes them.</summary>
/// <param name="pool">The pool that gives the memory.</param>
internal sealed class ByteQueue(BlockPool pool)
{
    private readonly Queue<byte[]> _blocks = new();
    private byte[] _last = [];
    private int _start;
    private int _end;

    public bool IsEmpty => Length == 0;

    public int Length { get; private set; }

    /// <summary>The first bytes, as many as lie in one piece.</summary>
    public ReadOnlySpan<byte> Bytes => _blocks.TryPeek(out byte[]? first) ? first.AsSpan(_start..EndOf(first)) : [];

    /// <summary>Appends bytes.</summary>
    /// <returns><see langword="false"/> when the pool has no memory for all of them.</returns>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_blocks.Count == 0 || _end == BlockPool.BlockSize)
            {
                if (pool.TryTake() is not { } block)
                    return false;
                _blocks.Enqueue(_last = block);
                _end = 0;
            }

            int count = Math.Min(bytes.Length, BlockPool.BlockSize - _end);
            bytes[..count].CopyTo(_last.AsSpan(_end));
            _end += count;
            Length += count;
            bytes = bytes[count..];
        }

        return true;
    }

    /// <summary>Drops bytes from the front.</summary>
    public void Release(int count)
    {
        Length -= count;
        while (count > 0)
        {
            byte[] first = _blocks.Peek();
            int available = EndOf(first) - _start;
            if (count < available)
            {
                _start += count;
                return;
            }

            count -= available;
            _start = 0;
            pool.Return(_blocks.Dequeue());
        }
    }

    /// <summary>Drops all bytes.</summary>
    public void Clear() => Release(Length);

    private int EndOf(byte[] block) => ReferenceEquals(block, _last) ? _end : BlockPool.BlockSize;
}
