using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Islet.Protocol.Http2;

namespace Islet.Testing.Http2;

/// <summary>The client's view of one stream.</summary>
internal sealed class Http2ClientStream
{
    public int SendWindow { get; set; } = Http2Limits.StreamWindow;

    public int ReceiveWindow { get; set; }

    public MemoryStream Body { get; } = new();

    /// <summary>The fields of all header blocks, in order.</summary>
    public List<(string Name, string Value)> Fields { get; } = [];

    public bool Ended { get; set; }

    public Http2Error? Reset { get; set; }

    public string? this[string name] => Fields.LastOrDefault(field => field.Name == name).Value;
}

/// <summary>
/// A client of HTTP/2 that a test advances step by step: it writes the frames it is told to, and takes apart those that come back. It
/// shares no code with the server but the layout of a frame's header.
/// </summary>
internal sealed class Http2Client : IHeaderFields
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly HpackDecoder _hpack = new();
    private readonly int _streamWindow;
    private byte[] _input = [];
    private uint _nextId = 1;
    private Http2ClientStream? _decoding;

    /// <param name="streamWindow">The window that the server is given for each stream.</param>
    /// <param name="consumes">Whether the server gets room again for the bytes that it has sent.</param>
    /// <param name="begins">Whether the client begins with its preface and settings.</param>
    public Http2Client(int streamWindow = Http2Limits.DefaultWindow, bool consumes = true, bool begins = true)
    {
        _streamWindow = streamWindow;
        Consumes = consumes;
        if (!begins)
            return;
        _output.Write(Http2ServerConnection.Preface);
        byte[] setting = [0, 4, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(setting.AsSpan(2), streamWindow);
        Write(FrameType.Settings, 0, 0, setting);
    }

    public bool Consumes { get; set; }

    public Dictionary<uint, Http2ClientStream> Streams { get; } = [];

    /// <summary>The types of the frames that have come, in order.</summary>
    public List<FrameHeader> Frames { get; } = [];

    public List<byte[]> Pongs { get; } = [];

    public Http2Error? GoAway { get; private set; }

    /// <summary>The room that the server has left on the connection.</summary>
    public long ConnectionWindow { get; private set; } = Http2Limits.DefaultWindow;

    /// <summary>The room that this client has left on the connection.</summary>
    public long SendWindow { get; private set; } = Http2Limits.DefaultWindow;

    /// <summary>Returns the bytes written since the last call.</summary>
    public byte[] Take()
    {
        byte[] taken = _output.WrittenSpan.ToArray();
        _output.ResetWrittenCount();
        return taken;
    }

    public void Write(FrameType type, byte flags, uint id, ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = _output.GetSpan(FrameHeader.Size + payload.Length);
        new FrameHeader(payload.Length, type, flags, id).Write(frame);
        payload.CopyTo(frame[FrameHeader.Size..]);
        _output.Advance(FrameHeader.Size + payload.Length);
    }

    /// <summary>Begins a request of gRPC.</summary>
    public uint Begin(string path, params (string Name, string Value)[] more)
    {
        uint id = Open();
        Write(FrameType.Headers, FrameFlags.EndHeaders, id, Block([.. Standard(path), .. more]));
        return id;
    }

    /// <summary>Takes the next stream without a frame on it.</summary>
    public uint Open()
    {
        uint id = _nextId;
        _nextId += 2;
        Streams.Add(id, new Http2ClientStream { ReceiveWindow = _streamWindow });
        return id;
    }

    /// <summary>Sends as many bytes as the windows allow, in frames.</summary>
    public int Send(uint id, ReadOnlySpan<byte> data, bool end = false)
    {
        Http2ClientStream stream = Streams[id];
        int count = (int)Math.Min(data.Length, Math.Min(stream.SendWindow, SendWindow));
        stream.SendWindow -= count;
        SendWindow -= count;
        for (int at = 0; at < count; at += Http2Limits.MaxFrameSize)
            Write(FrameType.Data, 0, id, data[at..Math.Min(count, at + Http2Limits.MaxFrameSize)]);
        if (end && count == data.Length)
            Write(FrameType.Data, FrameFlags.EndStream, id, []);
        return count;
    }

    public void Reset(uint id, Http2Error error = Http2Error.Cancel) => WriteWord(FrameType.ResetStream, id, (uint)error);

    public void Update(uint id, int increment)
    {
        WriteWord(FrameType.WindowUpdate, id, (uint)increment);
        if (id == 0)
            ConnectionWindow += increment;
        else
            Streams[id].ReceiveWindow += increment;
    }

    public void Receive(ReadOnlySpan<byte> bytes)
    {
        _input = [.. _input, .. bytes];
        int at = 0;
        while (_input.Length - at >= FrameHeader.Size && FrameHeader.Read(_input.AsSpan(at)) is var frame
            && _input.Length - at >= FrameHeader.Size + frame.Length)
        {
            ReceiveFrame(frame, _input.AsSpan(at + FrameHeader.Size, frame.Length));
            at += FrameHeader.Size + frame.Length;
        }

        _input = _input[at..];
    }

    public static (string Name, string Value)[] Standard(string path) =>
        [(":method", "POST"), (":scheme", "http"), (":path", path), ("content-type", "application/grpc"), ("te", "trailers")];

    /// <summary>Encodes fields as literals without indexing.</summary>
    public static byte[] Block(IEnumerable<(string Name, string Value)> fields)
    {
        var block = new ArrayBufferWriter<byte>();
        foreach ((string name, string value) in fields)
            HpackEncoder.Write(block, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        return block.WrittenSpan.ToArray();
    }

    void IHeaderFields.Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _decoding!.Fields.Add((Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value)));

    private void ReceiveFrame(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        Frames.Add(frame);
        switch (frame.Type)
        {
            case FrameType.Data:
                ReceiveData(frame, payload);
                break;
            case FrameType.Headers:
                _decoding = Streams[frame.StreamId];
                _hpack.Decode(payload, this);
                _decoding.Ended |= frame.Has(FrameFlags.EndStream);
                break;
            case FrameType.ResetStream:
                Streams[frame.StreamId].Reset = (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload);
                break;
            case FrameType.Settings when !frame.Has(FrameFlags.Acknowledge):
                Write(FrameType.Settings, FrameFlags.Acknowledge, 0, []);
                break;
            case FrameType.Ping when frame.Has(FrameFlags.Acknowledge):
                Pongs.Add(payload.ToArray());
                break;
            case FrameType.GoAway:
                GoAway = (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]);
                break;
            case FrameType.WindowUpdate when frame.StreamId == 0:
                SendWindow += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            case FrameType.WindowUpdate:
                Streams[frame.StreamId].SendWindow += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            default:
                break;
        }
    }

    private void ReceiveData(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        Http2ClientStream stream = Streams[frame.StreamId];
        stream.ReceiveWindow -= payload.Length;
        ConnectionWindow -= payload.Length;
        if (stream.ReceiveWindow < 0 || ConnectionWindow < 0)
            throw new InvalidOperationException("The server sent more than the window allows.");
        stream.Body.Write(payload);
        stream.Ended |= frame.Has(FrameFlags.EndStream);
        if (!Consumes || payload.IsEmpty)
            return;
        Update(0, payload.Length);
        Update(frame.StreamId, payload.Length);
    }

    private void WriteWord(FrameType type, uint id, uint value)
    {
        byte[] word = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        Write(type, 0, id, word);
    }
}
