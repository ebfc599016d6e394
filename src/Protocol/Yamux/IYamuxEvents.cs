namespace Islet.Protocol.Yamux;

/// <summary>
/// The events that a <see cref="YamuxConnection"/> reports to its owner, from inside <see cref="YamuxConnection.Receive"/>. Handlers may
/// call every other method of the connection; they must not throw.
/// </summary>
public interface IYamuxEvents
{
    /// <summary>Handles a stream that the peer has opened. It is acknowledged unless the handler resets it.</summary>
    void StreamOpened(uint id);

    /// <summary>
    /// Handles bytes of a stream, in order, in pieces as they arrive. The handler may use them only during the call. They count against the
    /// window until <see cref="YamuxConnection.Consume"/>.
    /// </summary>
    void DataReceived(uint id, ReadOnlySpan<byte> data);

    /// <summary>Handles the end of the peer's bytes on this stream (half close).</summary>
    void RemoteClosed(uint id);

    /// <summary>Handles a reset by the peer; the stream is gone.</summary>
    void StreamReset(uint id);

    /// <summary>Handles a larger send window: the peer allows this side to send more on this stream.</summary>
    void SendWindowOpened(uint id);

    /// <summary>Handles the peer's answer to a ping.</summary>
    void PongReceived(uint value);

    /// <summary>
    /// Handles the peer's announcement that it accepts no more streams. Open streams continue. See <see cref="GoAwayCode"/>.
    /// </summary>
    void GoAwayReceived(uint code);
}
