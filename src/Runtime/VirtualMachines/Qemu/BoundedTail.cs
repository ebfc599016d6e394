namespace Islet.VirtualMachines.Qemu;

/// <summary>Keeps the last bytes of the endless output of a guest or of QEMU. Safe for one writer and any number of readers.</summary>
/// <param name="capacity">The number of bytes to keep.</param>
internal sealed class BoundedTail(int capacity)
{
    private readonly Lock _lock = new();
    private byte[] _ring = [];
    private long _written;

    /// <summary>Adds bytes, and drops as many old ones once the capacity is used up.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > capacity)
            bytes = bytes[^capacity..];

        lock (_lock)
        {
            // Most consoles stay nearly empty, so the buffer is allocated when the first byte comes.
            if (_ring.Length == 0)
                _ring = new byte[capacity];

            int position = (int)(_written % capacity);
            int first = Math.Min(bytes.Length, capacity - position);
            bytes[..first].CopyTo(_ring.AsSpan(position));
            bytes[first..].CopyTo(_ring);
            _written += bytes.Length;
        }
    }

    /// <summary>Returns the kept bytes, oldest first.</summary>
    public byte[] ToArray()
    {
        lock (_lock)
        {
            int length = (int)Math.Min(_written, capacity);
            byte[] copy = new byte[length];
            int start = _written <= capacity ? 0 : (int)(_written % capacity);
            int first = Math.Min(length, _ring.Length - start);
            _ring.AsSpan(start, first).CopyTo(copy);
            _ring.AsSpan(0, length - first).CopyTo(copy.AsSpan(first));
            return copy;
        }
    }
}
