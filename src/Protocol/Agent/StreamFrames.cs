using Google.Protobuf;
using Islet.Protocol.Grpc;

namespace Islet.Protocol.Agent;

/// <summary>The receiver of the frames of a <see cref="StreamFrameReader"/>.</summary>
internal interface IStreamFrames
{
    /// <summary>Receives bytes of a frame with data, in pieces as they arrive; valid during the call.</summary>
    void Data(ReadOnlySpan<byte> data);

    /// <summary>Receives any other frame.</summary>
    void Frame(StreamFrame frame);
}

/// <summary>Writes the messages of <see cref="StreamFrame"/> that an agent sends, without a copy of their bytes.</summary>
internal static class StreamFrames
{
    /// <summary>The tag of StreamFrame.data: field 2, length-delimited.</summary>
    public const byte DataTag = (2 << 3) | 2;

    /// <summary>The size of the longest <see cref="WriteHead"/>.</summary>
    public const int MaxHeadSize = GrpcMessages.PrefixSize + 1 + Varint.MaxSize;

    /// <summary>The largest frame's bytes. Larger ones would be objects of the host's large heap.</summary>
    public const int MaxData = 64 * 1024;

    /// <summary>The message "opened", as it is sent.</summary>
    public static ReadOnlySpan<byte> Opened => [0, 0, 0, 0, 2, (4 << 3) | 2, 0];

    /// <summary>The message "end", as it is sent.</summary>
    public static ReadOnlySpan<byte> End => [0, 0, 0, 0, 2, (3 << 3) | 2, 0];

    /// <summary>Writes what stands in front of the bytes of a frame with data.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int WriteHead(Span<byte> target, int length)
    {
        target[GrpcMessages.PrefixSize] = DataTag;
        int head = 1 + Varint.Write(target[(GrpcMessages.PrefixSize + 1)..], (uint)length);
        GrpcMessages.WritePrefix(target, head + length);
        return GrpcMessages.PrefixSize + head;
    }
}

/// <summary>
/// Cuts the bytes of a stream into <see cref="StreamFrame"/> messages. Bytes of frames with data are passed on as they arrive; any other
/// frame is gathered first. Does no I/O; not thread-safe.
/// </summary>
internal sealed class StreamFrameReader(IStreamFrames receiver)
{
    private const int MaxOtherFrame = 64 * 1024;

    private readonly byte[] _head = new byte[StreamFrames.MaxHeadSize];
    private int _headLength;
    private int _dataRemaining;
    private OutputBuffer? _message;
    private int _messageSize;

    /// <summary>Whether a frame is half here, whose bytes are kept.</summary>
    public bool IsGathering => _message is not null;

    /// <summary>Reads bytes, cut anywhere.</summary>
    /// <exception cref="InvalidDataException">The bytes are not such messages.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_dataRemaining > 0)
            {
                int count = Math.Min(_dataRemaining, bytes.Length);
                _dataRemaining -= count;
                receiver.Data(bytes[..count]);
                bytes = bytes[count..];
            }
            else if (_message is not null)
            {
                int count = Math.Min(_messageSize - _message.Length, bytes.Length);
                _message.Append(bytes[..count]);
                bytes = bytes[count..];
                PassOnWhole();
            }
            else
            {
                _head[_headLength++] = bytes[0];
                bytes = bytes[1..];
                ReadHead();
            }
        }
    }

    private void ReadHead()
    {
        if (_headLength < GrpcMessages.PrefixSize)
            return;
        int size = GrpcMessages.ReadPrefix(_head);
        if (size < 0)
            throw new InvalidDataException("a frame is compressed, or larger than allowed");
        ReadOnlySpan<byte> begin = _head.AsSpan(GrpcMessages.PrefixSize, _headLength - GrpcMessages.PrefixSize);
        if (size > 0 && (begin.IsEmpty || (begin[0] == StreamFrames.DataTag && begin.Length < size && Varint.Read(begin[1..], out _) == 0)))
            return;

        _headLength = 0;
        if (size > 0 && begin[0] == StreamFrames.DataTag && Varint.Read(begin[1..], out uint length) is > 0 and int prefix
            && 1L + prefix + length == size)
        {
            _dataRemaining = (int)length;
            return;
        }

        if (size > MaxOtherFrame)
            throw new InvalidDataException($"a frame of {size} bytes is larger than {MaxOtherFrame}");
        // The memory grows by what has arrived, not by the size in the prefix.
        _messageSize = size;
        _message = new OutputBuffer();
        _message.Append(begin);
        PassOnWhole();
    }

    private void PassOnWhole()
    {
        if (_message is not { } message || message.Length < _messageSize)
            return;
        _message = null;
        StreamFrame frame;
        try
        {
            frame = StreamFrame.Parser.ParseFrom(message.Written.Span);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException("a frame is malformed", exception);
        }

        if (frame.KindCase == StreamFrame.KindOneofCase.Data)
            receiver.Data(frame.Data.Span);
        else
            receiver.Frame(frame);
    }
}
