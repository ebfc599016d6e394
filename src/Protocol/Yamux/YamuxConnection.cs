namespace Islet.Protocol.Yamux;

/// <summary>
/// One side of a yamux connection as a pure state machine: bytes of the transport in (<see cref="Receive"/>), bytes for the
/// transport out (<see cref="Output"/>), events to the owner. Follows HashiCorp's published specification, version 0.
/// Not thread-safe; does no I/O and knows no clock.
/// </summary>
/// <remarks>
/// <para>A stream's life: it opens with SYN (either side may send at once, nobody waits for the ACK), each side ends its
/// direction with FIN, and it is gone when both have, or when either has reset it. Methods called for a stream that is gone do
/// nothing: the peer may have reset it at any moment.</para>
/// <para><see cref="Send"/> buffers. An owner that produces without end looks at <see cref="PendingOutput"/> and pauses.</para>
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
    /// <param name="isClient">Is this the side with the odd stream ids? The other side must be the opposite.</param>
    /// <param name="events">Told of everything that the peer does.</param>
    /// <param name="options">The limits of this side.</param>
    public YamuxConnection(bool isClient, IYamuxEvents events, YamuxOptions options)
    {
        _isClient = isClient;
        _events = events;
        _options = options;
        _nextId = isClient ? 1u : 2u;
        _peerIds = new PeerStreamIds(first: isClient ? 2u : 1u, maxSkipped: options.AcceptBacklog);
    }

    /// <summary>How many streams are alive.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>
    /// May <see cref="OpenStream"/> be called now? Not while <see cref="YamuxOptions.AcceptBacklog"/> streams wait for the
    /// peer's acknowledgement; look again after the next <see cref="Receive"/>.
    /// </summary>
    public bool CanOpenStream => _unacknowledged < _options.AcceptBacklog;

    /// <summary>Has the peer announced that it accepts no more streams?</summary>
    public bool PeerGoneAway => _peerGoneAway;

    /// <summary>How many bytes wait to be written to the transport.</summary>
    public int PendingOutput => _output.Length;

    /// <summary>The bytes to be written to the transport next. Valid until any other member is called.</summary>
    public ReadOnlyMemory<byte> Output => _output.Written;

    /// <summary>The transport has taken the first <paramref name="count"/> bytes of <see cref="Output"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There were not that many.</exception>
    public void AdvanceOutput(int count) => _output.Release(count);

    /// <summary>Hands all of the output over: see <see cref="OutputBuffer.Take"/>.</summary>
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
