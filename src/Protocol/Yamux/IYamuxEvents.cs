namespace Islet.Protocol.Yamux;

/// <summary>
/// What a <see cref="YamuxConnection"/> tells its owner, from inside <see cref="YamuxConnection.Receive"/>. Handlers may
/// call every other method of the connection; they must not throw.
/// </summary>
public interface IYamuxEvents
{
    /// <summary>The peer has opened a stream. It is acknowledged unless the handler resets it.</summary>
    void StreamOpened(uint id);

    /// <summary>
    /// Bytes of a stream, in order, in pieces as they arrive. They belong to the handler only during the call, and count
    /// against the window until <see cref="YamuxConnection.Consume"/>.
    /// </summary>
    void DataReceived(uint id, ReadOnlySpan<byte> data);

    /// <summary>The peer sends no more on this stream (half close).</summary>
    void RemoteClosed(uint id);

    /// <summary>The peer has reset the stream, which is gone.</summary>
    void StreamReset(uint id);

    /// <summary>The peer lets this side send more on this stream.</summary>
    void SendWindowOpened(uint id);

    /// <summary>The peer has answered a ping.</summary>
    void PongReceived(uint value);

    /// <summary>The peer accepts no more streams; those that are open go on. See <see cref="GoAwayCode"/>.</summary>
    void GoAwayReceived(uint code);
}
