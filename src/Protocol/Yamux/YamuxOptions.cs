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
    /// How many bytes the peer may send on a stream before the application has consumed them. At least
    /// <see cref="InitialWindow"/>, which is the default; a larger one is announced as each stream opens.
    /// </summary>
    public int ReceiveWindow
    {
        get => _receiveWindow;
        init => _receiveWindow = AtLeast(value, InitialWindow, nameof(ReceiveWindow));
    }

    /// <summary>The longest data frame to send, in bytes; longer sends are cut so that streams interleave. 32 KiB by default.</summary>
    public int MaxFrameSize
    {
        get => _maxFrameSize;
        init => _maxFrameSize = AtLeast(value, 1, nameof(MaxFrameSize));
    }

    /// <summary>How many streams opened by the peer may be alive; more are reset as they arrive. 4096 by default.</summary>
    public int MaxStreams
    {
        get => _maxStreams;
        init => _maxStreams = AtLeast(value, 1, nameof(MaxStreams));
    }

    /// <summary>
    /// How many streams this side may have opened that the peer has not acknowledged. 256 by default, which is what peers
    /// that use HashiCorp's implementation accept before they reset the excess.
    /// </summary>
    public int AcceptBacklog
    {
        get => _acceptBacklog;
        init => _acceptBacklog = AtLeast(value, 1, nameof(AcceptBacklog));
    }

    /// <summary>
    /// With more output pending than this, a frame that demands an answer is taken for a flood and ends the connection:
    /// the bound on memory against a peer that asks and never reads. 4 MiB by default.
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
