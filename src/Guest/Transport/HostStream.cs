using System.Buffers;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Transport;

/// <summary>
/// A byte stream that the host opened: a yamux stream on a virtio-serial port, or a vsock connection. Each direction ends separately.
/// Nothing here waits, and nothing throws because the host is gone.
/// </summary>
internal abstract class HostStream
{
    /// <summary>The receiver of the stream's events. Replaced once the purpose of the stream is known.</summary>
    public IHostStreamHandler Handler { get; set; } = DiscardingHandler.Instance;

    /// <summary>
    /// Whether nothing can be sent or received any more, because one of the two sides has reset the stream or the host is gone.
    /// </summary>
    public abstract bool IsLost { get; }

    /// <summary>
    /// The number of bytes that may be sent now. After 0, <see cref="IHostStreamHandler.SendWindowOpened"/> tells when to look again.
    /// </summary>
    public abstract int SendWindow { get; }

    /// <summary>Sends bytes that fit into <see cref="SendWindow"/>.</summary>
    public abstract void Send(ReadOnlySpan<byte> data);

    /// <summary>Tells the host that no more data follows.</summary>
    public abstract void CloseWrites();

    /// <summary>Ends both directions at once. No handler is called after that.</summary>
    public abstract void Reset();

    /// <summary>Marks received bytes as processed; the host may send as many more.</summary>
    public abstract void Consume(int count);

    /// <summary>Answers the <see cref="OpenStreamRequest"/> that the stream is open.</summary>
    public void Accept() => SendHead(StatusCode.Ok, "");

    /// <summary>Answers the <see cref="OpenStreamRequest"/> with the reason why the stream is not open.</summary>
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

/// <summary>The events that a <see cref="HostStream"/> reports to its owner. Handlers may use the stream; they must not throw.</summary>
internal interface IHostStreamHandler
{
    /// <summary>
    /// Receives bytes, valid during the call only. The host must wait with more until <see cref="HostStream.Consume"/> is called for them.
    /// </summary>
    void Received(ReadOnlySpan<byte> data);

    /// <summary>Called when the host sends no more data.</summary>
    void RemoteClosed();

    /// <summary>Called when the host has reset the stream, or is gone.</summary>
    void Lost();

    void SendWindowOpened();
}

/// <summary>Reads and drops all data, so that a host that was refused while it was still sending does not wait forever.</summary>
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

/// <summary>Accepts no more data: a host that sends is reset, one that only reads or hangs up is not.</summary>
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
