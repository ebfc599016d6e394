namespace Islet.Protocol.Yamux;

/// <summary>The limits of one side of a yamux connection.</summary>
public sealed record YamuxOptions
{
    /// <summary>The window that both sides assume for a new stream: 256 KiB (yamux specification, "Flow Control").</summary>
    public const int InitialWindow = 256 * 1024;

    private readonly int _receiveWindow = InitialWindow;
    private readonly int _maxFrameSize = 32 * 1024;
    private readonly int _maxStreams = 4096;
    private readonly int _acceptBacklog = 256;
    private readonly int _maxPendingReplies = 4 * 1024 * 1024;

    /// <summary>The defaults.</summary>
    public static YamuxOptions Default { get; } = new();

    /// <summary>
    /// The number of bytes that the peer may send on a stream before the application has consumed them. At least
    /// <see cref="InitialWindow"/>, which is the default; a larger one is announced as each stream opens.
    /// </summary>
    public int ReceiveWindow
    {
        get => _receiveWindow;
        init => _receiveWindow = AtLeast(value, InitialWindow, nameof(ReceiveWindow));
    }

    /// <summary>
    /// The length of the longest data frame to send, in bytes; longer sends are cut so that streams interleave. 32 KiB by default.
    /// </summary>
    public int MaxFrameSize
    {
        get => _maxFrameSize;
        init => _maxFrameSize = AtLeast(value, 1, nameof(MaxFrameSize));
    }

    /// <summary>The number of live streams that the peer may have opened; more are reset as they arrive. 4096 by default.</summary>
    public int MaxStreams
    {
        get => _maxStreams;
        init => _maxStreams = AtLeast(value, 1, nameof(MaxStreams));
    }

    /// <summary>
    /// The number of streams that this side may have opened without the peer's acknowledgement. 256 by default: peers with HashiCorp's
    /// implementation accept that many before they reset the excess.
    /// </summary>
    public int AcceptBacklog
    {
        get => _acceptBacklog;
        init => _acceptBacklog = AtLeast(value, 1, nameof(AcceptBacklog));
    }

    /// <summary>
    /// The limit of pending output, in bytes, above which a frame that demands an answer counts as a flood and ends the connection. It
    /// bounds the memory against a peer that asks and never reads. 4 MiB by default.
    /// </summary>
    public int MaxPendingReplies
    {
        get => _maxPendingReplies;
        init => _maxPendingReplies = AtLeast(value, FrameHeader.Size, nameof(MaxPendingReplies));
    }

    private static int AtLeast(int value, int minimum, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, minimum, name);
        return value;
    }
}
