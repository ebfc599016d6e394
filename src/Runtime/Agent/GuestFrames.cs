using System.Buffers.Binary;
using Islet.Protocol.Http2;

namespace Islet.Agent;

/// <summary>
/// Cuts the bytes of a guest into HTTP/2 frames and passes on those that an agent sends for its calls. A client answers every PING and
/// SETTINGS frame and keeps the answers in memory until the guest takes them, and measures a round trip by the answers to its own in order
/// to enlarge its windows; a guest that was taken over gets at neither.
/// </summary>
internal sealed class GuestFrames
{
    /// <summary>
    /// The number of bytes by which the result may be longer than the source: the beginning of a header that was held back.
    /// </summary>
    public const int MaxHeld = FrameHeader.Size - 1;

    private const int GoAwaySize = 8;

    private readonly byte[] _header = new byte[FrameHeader.Size];
    private readonly byte[] _goAway = new byte[GoAwaySize];
    private FrameHeader _frame;
    private int _headerLength;
    private int _remaining;
    private bool _passes;

    /// <summary>Copies the frames that pass, cut anywhere.</summary>
    /// <param name="source">Bytes of the guest.</param>
    /// <param name="target">The target, which may be the memory that begins <see cref="MaxHeld"/> bytes before the source.</param>
    /// <returns>The number of bytes copied.</returns>
    /// <exception cref="IOException">The agent has given the connection up, or sent a frame that no agent sends.</exception>
    public int Filter(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int written = 0;
        while (!source.IsEmpty)
        {
            ReadOnlySpan<byte> piece = source[..Math.Min(source.Length, _remaining > 0 ? _remaining : FrameHeader.Size - _headerLength)];
            source = source[piece.Length..];
            if (_remaining == 0)
            {
                piece.CopyTo(_header.AsSpan(_headerLength));
                _headerLength += piece.Length;
                piece = _headerLength == FrameHeader.Size ? Begin() : [];
            }
            else
            {
                if (_frame.Type == FrameType.GoAway)
                    ReceiveGoAway(piece);
                _remaining -= piece.Length;
            }

            if (!_passes)
                continue;
            piece.CopyTo(target[written..]);
            written += piece.Length;
        }

        return written;
    }

    private byte[] Begin()
    {
        _headerLength = 0;
        _frame = FrameHeader.Read(_header);
        _remaining = _frame.Length;
        _passes = _frame.Type switch
        {
            FrameType.Data or FrameType.Headers or FrameType.ResetStream or FrameType.WindowUpdate => true,
            FrameType.GoAway when _frame.Length >= GoAwaySize => false,
            FrameType.GoAway or FrameType.Continuation or FrameType.PushPromise =>
                throw new IOException($"The guest sent a {_frame.Type} frame of {_frame.Length} bytes, as no agent does."),
            _ => false,
        };
        return _header;
    }

    private void ReceiveGoAway(ReadOnlySpan<byte> piece)
    {
        int at = _frame.Length - _remaining;
        if (at < GoAwaySize)
            piece[..Math.Min(piece.Length, GoAwaySize - at)].CopyTo(_goAway.AsSpan(at));
        if (at + piece.Length >= GoAwaySize)
        {
            var error = (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(_goAway.AsSpan(4));
            throw new IOException($"The agent has ended the connection: {error}. The log of the console may say more.");
        }
    }
}
