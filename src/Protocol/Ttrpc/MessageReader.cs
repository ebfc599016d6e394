namespace Islet.Protocol.Ttrpc;

/// <summary>Cuts a byte stream into ttrpc messages. Does no I/O; not thread-safe.</summary>
public sealed class MessageReader
{
    // A buffer that one large message has enlarged is not kept for the small ones after it.
    private const int KeptCapacity = 64 * 1024;

    private byte[] _buffer = [];
    private int _buffered;
    private uint _discard;

    /// <summary>Reads bytes from the front of <paramref name="input"/> until a message is complete.</summary>
    /// <param name="input">The bytes that arrived, cut anywhere; the bytes that were read are removed from it.</param>
    /// <param name="header">The message's header.</param>
    /// <param name="data">
    /// The message's data, valid until the next call or until the input becomes invalid. Empty when the message
    /// <see cref="MessageHeader.IsOversize"/>: the data is then discarded as it arrives, as the specification requires.
    /// </param>
    /// <returns><see langword="false"/> when all of the input was read and no message is complete yet.</returns>
    public bool TryRead(ref ReadOnlySpan<byte> input, out MessageHeader header, out ReadOnlySpan<byte> data)
    {
        Discard(ref input);
        if (_buffered == 0 && TryReadInPlace(ref input, out header, out data))
            return true;

        data = default;
        if (!Fill(MessageHeader.Size, ref input, out header))
            return false;

        if (header.IsOversize)
        {
            _buffered = 0;
            _discard = header.Length;
            return true;
        }

        int total = MessageHeader.Size + (int)header.Length;
        if (!Fill(total, ref input, out header))
            return false;

        data = _buffer.AsSpan(MessageHeader.Size, (int)header.Length);
        _buffered = 0;
        if (_buffer.Length > KeptCapacity)
            _buffer = [];
        return true;
    }

    /// <summary>Reads a message that lies completely in the input, which is the common case, without a copy.</summary>
    private static bool TryReadInPlace(ref ReadOnlySpan<byte> input, out MessageHeader header, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (!MessageHeader.TryRead(input, out header) || header.Length > (uint)(input.Length - MessageHeader.Size))
            return false;
        if (header.IsOversize)
            return false;

        data = input.Slice(MessageHeader.Size, (int)header.Length);
        input = input[(MessageHeader.Size + data.Length)..];
        return true;
    }

    private bool Fill(int length, ref ReadOnlySpan<byte> input, out MessageHeader header)
    {
        int count = Math.Min(Math.Max(length - _buffered, 0), input.Length);

        // The buffer grows by the bytes that have arrived, not by the length in a header: a peer must send the bytes it wants to occupy.
        if (_buffer.Length < _buffered + count)
        {
            int doubled = Math.Min(_buffer.Length * 2, MessageHeader.Size + MessageHeader.MaxLength);
            Array.Resize(ref _buffer, Math.Max(_buffered + count, doubled));
        }

        input[..count].CopyTo(_buffer.AsSpan(_buffered));
        input = input[count..];
        _buffered += count;
        return MessageHeader.TryRead(_buffer.AsSpan(0, _buffered), out header) && _buffered >= length;
    }

    private void Discard(ref ReadOnlySpan<byte> input)
    {
        int count = (int)Math.Min(_discard, (uint)input.Length);
        input = input[count..];
        _discard -= (uint)count;
    }
}
