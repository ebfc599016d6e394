namespace Islet.Protocol.Yamux;

/// <summary>
/// One side of a yamux connection as a pure state machine: bytes of the transport in (<see cref="Receive"/>), bytes for the transport out
/// (<see cref="Output"/>), events to the owner. Follows HashiCorp's published specification, version 0. Not thread-safe; does no I/O and
/// uses no clock.
/// </summary>
/// <remarks>
/// <para>A stream opens with SYN; either side may send at once, without waiting for the ACK. Each side ends its direction with FIN. The
/// stream is gone when both have done so, or when either has reset it. Methods called for a stream that is gone do nothing: the peer may
/// have reset it at any moment.</para>
/// <para><see cref="Send"/> buffers. An owner that produces without end checks <see cref="PendingOutput"/> and pauses.</para>
/// </remarks>
public sealed partial class YamuxConnection
{
    private readonly IYamuxEvents _events;
    private readonly YamuxOptions _options;
    private readonly StreamTable _streams = new();
    private readonly PeerStreamIds _peerIds;
    private readonly OutputBuffer _output = new();
    private readonly bool _isClient;

    private ulong _nextId;
    private int _peerStreams;
    private int _unacknowledged;
    private bool _localGoneAway;
    private bool _peerGoneAway;

    /// <summary>Begins a connection.</summary>
    /// <param name="isClient">Whether this is the side with the odd stream ids. The other side must be the opposite.</param>
    /// <param name="events">The receiver of all events of the peer.</param>
    /// <param name="options">The limits of this side.</param>
    public YamuxConnection(bool isClient, IYamuxEvents events, YamuxOptions options)
    {
        _isClient = isClient;
        _events = events;
        _options = options;
        _nextId = isClient ? 1u : 2u;
        _peerIds = new PeerStreamIds(first: isClient ? 2u : 1u, maxSkipped: options.AcceptBacklog);
    }

    /// <summary>The number of live streams.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>
    /// Whether <see cref="OpenStream"/> may be called now. It may not while <see cref="YamuxOptions.AcceptBacklog"/> streams wait for the
    /// peer's acknowledgement; check again after the next <see cref="Receive"/>.
    /// </summary>
    public bool CanOpenStream => _unacknowledged < _options.AcceptBacklog;

    /// <summary>Whether the peer has announced that it accepts no more streams.</summary>
    public bool PeerGoneAway => _peerGoneAway;

    /// <summary>The number of bytes that wait to be written to the transport.</summary>
    public int PendingOutput => _output.Length;

    /// <summary>The bytes to be written to the transport next. Valid until any other member is called.</summary>
    public ReadOnlyMemory<byte> Output => _output.Written;

    /// <summary>Removes the first <paramref name="count"/> bytes of <see cref="Output"/>, which the transport has taken.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The output has fewer bytes.</exception>
    public void AdvanceOutput(int count) => _output.Release(count);

    /// <summary>Returns all of the output: see <see cref="OutputBuffer.Take"/>.</summary>
    internal ReadOnlyMemory<byte> TakeOutput(ref byte[] spare) => _output.Take(ref spare);

    private StreamState Add(uint id, bool openedHere)
    {
        var stream = new StreamState(id, openedHere) { ReceiveCredit = (uint)_options.ReceiveWindow };
        _streams.Add(stream);
        if (openedHere)
            _unacknowledged++;
        else
            _peerStreams++;
        return stream;
    }

    private void Remove(StreamState stream)
    {
        stream.Gone = true;
        _streams.Remove(stream);
        if (!stream.OpenedHere)
            _peerStreams--;
        else if (!stream.Acknowledged)
            _unacknowledged--;
    }
}
