using System.Buffers.Binary;
using Google.Protobuf;
using Islet.Guest.Linux;
using Islet.Protocol;
using Islet.Protocol.Agent;
using Islet.Protocol.Http2;
using Islet.Testing.Http2;

namespace Islet.Guest.Tests;

/// <summary>The host's side of a port, which a test advances step by step.</summary>
internal sealed class HostPeer
{
    private const int MaxPiece = 16 * 1024;

    private readonly Http2Client _client = new(Http2Limits.StreamWindow);
    private readonly OutputBuffer _output = new();
    private readonly Dictionary<uint, (OutputBuffer Bytes, bool Ends)> _queued = [];
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Descriptor _socket;

    public HostPeer(Descriptor socket)
    {
        _socket = socket;

        // Only the windows of the streams hold the agent up.
        _client.Update(0, Http2Limits.ConnectionWindow);
    }

    /// <summary>Begins a stream.</summary>
    public uint Open(OpenStreamRequest? request = null)
    {
        uint id = _client.Begin(AgentMethods.OpenStream);
        _client.Send(id, Frame(new StreamFrame { Open = request ?? new OpenStreamRequest() }));
        return id;
    }

    /// <summary>Whether the agent has ended its side, even by a reset.</summary>
    public bool RemoteClosed(uint id) => IsReset(id) || _client.Streams[id].Ended || Frames(id).Any(frame =>
        frame.KindCase == StreamFrame.KindOneofCase.End);

    public bool IsReset(uint id) => _client.Streams[id].Reset is not (null or Http2Error.NoError);

    /// <summary>Whether the agent has answered that the stream is open.</summary>
    public bool IsOpened(uint id) => Frames(id).Any(frame => frame.KindCase == StreamFrame.KindOneofCase.Opened);

    /// <summary>The code with which the call has ended; null while it goes on.</summary>
    public string? Status(uint id) => _client.Streams[id]["grpc-status"];

    /// <summary>The bytes that the agent has sent.</summary>
    public byte[] Received(uint id) => [.. Frames(id).SelectMany(frame => frame.Data.ToByteArray())];

    /// <summary>Sends the bytes as the windows allow.</summary>
    public void Send(uint id, byte[] bytes, bool ends = false)
    {
        var queue = new OutputBuffer();
        foreach (byte[] piece in bytes.Chunk(MaxPiece))
            queue.Append(Frame(new StreamFrame { Data = ByteString.CopyFrom(piece) }));
        _queued[id] = (queue, ends);
    }

    /// <summary>Whether all bytes to send are on their way.</summary>
    public bool IsSent(uint id) => !_queued.ContainsKey(id) && _output.Length == 0;

    public void Reset(uint id) => _client.Reset(id);

    public void Begin(string path) => _client.Begin(path);

    public Http2Error? GoAway => _client.GoAway;

    /// <summary>Returns the bytes that the peer has written and not sent.</summary>
    public byte[] TakeOutput() => _client.Take();

    /// <summary>Sends and receives as much as possible now.</summary>
    /// <param name="consumes">Whether the peer gives the agent more room for the bytes it has received.</param>
    public void Step(bool consumes = true)
    {
        _client.Consumes = consumes;
        foreach ((uint id, (OutputBuffer bytes, bool ends)) in _queued.ToArray())
        {
            bytes.Release(_client.Send(id, bytes.Written.Span, ends));
            if (bytes.Length == 0)
                _queued.Remove(id);
        }

        _output.Append(_client.Take());
        while (_output.Length > 0 && _socket.Write(_output.Written.Span) is > 0 and int written)
            _output.Release(written);
        while (_socket.Read(_buffer) is > 0 and int count)
            _client.Receive(_buffer.AsSpan(0, count));
    }

    /// <summary>Gives the agent room on a stream.</summary>
    public void Update(uint id, int count)
    {
        _client.Update(0, count);
        _client.Update(id, count);
    }

    private List<StreamFrame> Frames(uint id)
    {
        List<StreamFrame> frames = [];
        ReadOnlySpan<byte> body = _client.Streams[id].Body.ToArray();
        while (body.Length >= 5 && BinaryPrimitives.ReadInt32BigEndian(body[1..]) is var length && body.Length >= 5 + length)
        {
            frames.Add(StreamFrame.Parser.ParseFrom(body.Slice(5, length)));
            body = body[(5 + length)..];
        }

        return frames;
    }

    private static byte[] Frame(StreamFrame frame)
    {
        byte[] framed = [0, 0, 0, 0, 0, .. frame.ToByteArray()];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), framed.Length - 5);
        return framed;
    }
}
