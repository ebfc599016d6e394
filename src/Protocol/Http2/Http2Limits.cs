namespace Islet.Protocol.Http2;

/// <summary>The limits of a server. They are the same for every connection, so that a client may know them before it connects.</summary>
internal static class Http2Limits
{
    /// <summary>The longest payload of a frame that is received: the protocol's own default.</summary>
    public const int MaxFrameSize = 16 * 1024;

    /// <summary>The longest payload of a frame that is sent, where the client allows as much.</summary>
    public const int MaxSentFrameSize = 64 * 1024;

    /// <summary>The window that both sides assume until they are told another.</summary>
    public const int DefaultWindow = 65535;

    /// <summary>The number of bytes that the client may send on a stream before they are consumed.</summary>
    public const int StreamWindow = 256 * 1024;

    /// <summary>The same for all streams together. It is refilled as bytes arrive: the windows of the streams hold up their
    /// senders.</summary>
    public const int ConnectionWindow = 16 * 1024 * 1024;

    /// <summary>
    /// The number of bytes that all streams together may hold: received, and not released. Beyond it the stream that holds the most is
    /// reset. The windows alone would allow 1 GiB, and the agent's heap has 48 MiB.
    /// </summary>
    public const int MaxHeld = 16 * 1024 * 1024;

    /// <summary>The number of streams at one time; more are refused.</summary>
    public const int MaxStreams = 4096;

    /// <summary>The size of the headers of a request, packed and unpacked, and the number of frames that they may come in.</summary>
    public const int MaxHeaders = 32 * 1024, MaxContinuations = 16;

    /// <summary>The size of HPACK's dynamic table: the protocol's own default.</summary>
    public const int HeaderTable = 4096;

    /// <summary>The number of unread bytes after which a frame that demands an answer ends the connection.</summary>
    public const int MaxUnread = 4 * 1024 * 1024;

    /// <summary>The number of unread bytes at which streams stop to send, and at which they go on.</summary>
    public const int CongestedAt = 256 * 1024, RelievedAt = 64 * 1024;

    /// <summary>The number of streams that a client may reset, and of frames without use that it may send, at once and in a
    /// second.</summary>
    public const int Burst = 10_000, PerSecond = 1_000;
}
