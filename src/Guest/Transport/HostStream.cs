using System.Buffers;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Transport;

/// <summary>
/// A byte stream that the host opened: a yamux stream on a virtio-serial port, or a vsock connection. Each direction ends on
/// its own. Nothing here waits, and nothing throws because the host is gone.
/// </summary>
internal abstract class HostStream
{
    /// <summary>Is told what arrives. Replaced as the stream turns out what it is for.</summary>
    public IHostStreamHandler Handler { get; set; } = DiscardingHandler.Instance;

    /// <summary>Whether nothing can be said any more, because one of the two sides has reset the stream or the host is gone.</summary>
    public abstract bool IsLost { get; }

    /// <summary>How many bytes may be sent now. After 0, <see cref="IHostStreamHandler.SendWindowOpened"/> tells when to look again.</summary>
    public abstract int SendWindow { get; }

    /// <summary>Sends bytes that are within <see cref="SendWindow"/>.</summary>
    public abstract void Send(ReadOnlySpan<byte> data);

    /// <summary>Tells the host that nothing more comes.</summary>
    public abstract void CloseWrites();

    /// <summary>Ends both directions at once. No handler is called after that.</summary>
    public abstract void Reset();

    /// <summary>Bytes that were received are dealt with; the host may send as many more.</summary>
    public abstract void Consume(int count);

    /// <summary>Answers the <see cref="OpenStreamRequest"/>: the stream is open.</summary>
    public void Accept() => SendHead(StatusCode.Ok, "");

    /// <summary>Answers the <see cref="OpenStreamRequest"/>: it is not, and why.</summary>
    public void Refuse(StatusCode code, string message)
    {
        Handler = new DiscardingHandler(this);
        SendHead(code, message);
        CloseWrites();
    }

    private void SendHead(StatusCode code, string message)
    {
        var head = new ArrayBufferWriter<byte>(32);
        RawStreams.WriteResponse(head, code, message);
        Send(head.WrittenSpan);
    }
}

/// <summary>What a <see cref="HostStream"/> tells its owner. Handlers may use the stream; they must not throw.</summary>
internal interface IHostStreamHandler
{
    /// <summary>Bytes, valid during the call only. They hold up the host until <see cref="HostStream.Consume"/>.</summary>
    void Received(ReadOnlySpan<byte> data);

    /// <summary>The host sends no more.</summary>
    void RemoteClosed();

    /// <summary>The host has reset the stream, or is gone altogether.</summary>
    void Lost();

    void SendWindowOpened();
}

/// <summary>Reads on and drops, so that a host that is still sending when it was refused does not wait for ever.</summary>
internal sealed class DiscardingHandler(HostStream? stream) : IHostStreamHandler
{
    public static readonly DiscardingHandler Instance = new(null);

    public void Received(ReadOnlySpan<byte> data) => stream?.Consume(data.Length);

    public void RemoteClosed()
    {
    }

    public void Lost()
    {
    }

    public void SendWindowOpened()
    {
    }
}

/// <summary>Takes nothing more: a host that sends is reset, one that only reads or hangs up is not.</summary>
internal sealed class RefusingHandler(HostStream stream) : IHostStreamHandler
{
    public void Received(ReadOnlySpan<byte> data) => stream.Reset();

    public void RemoteClosed()
    {
    }

    public void Lost()
    {
    }

    public void SendWindowOpened()
    {
    }
}
