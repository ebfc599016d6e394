namespace Islet.Protocol.Yamux;

/// <summary>
/// The host's side of a yamux connection over any two-way byte stream, usually a unix socket to a virtio-serial port. One loop reads the
/// transport and one writes it. The state machine between them is guarded by one lock, which is held for copying and never while waiting.
/// </summary>
public sealed partial class YamuxChannel : IGuestChannel
{
    private readonly Stream _transport;
    private readonly YamuxChannelOptions _options;
    private readonly YamuxConnection _connection;
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, YamuxStream> _streams = [];
    private readonly Queue<TaskCompletionSource> _openers = new();
    private readonly CancellationTokenSource _lifetime = new();
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool _ended;
    private Exception? _reason;

    /// <summary>
    /// Begins a session on a transport, where an older session may have left traces: see <see cref="YamuxConnection.Synchronize"/>.
    /// </summary>
    /// <param name="transport">The transport. The channel owns it, and disposes it when the channel ends.</param>
    /// <param name="options">The options; the defaults when left out.</param>
    public YamuxChannel(Stream transport, YamuxChannelOptions? options = null)
    {
        _transport = transport;
        _options = options ?? YamuxChannelOptions.Default;
        _connection = new YamuxConnection(isClient: true, new Events(this), _options.Limits);
        _connection.Synchronize((uint)Random.Shared.NextInt64());
        _ = RunAsync();
    }

    /// <inheritdoc/>
    public Task<Exception?> Closed => _closed.Task;

    /// <summary>
    /// Opens a stream, which can be used at once: a guest that refuses it resets it later. Waits only while too many streams are
    /// unacknowledged (<see cref="YamuxOptions.AcceptBacklog"/>).
    /// </summary>
    /// <exception cref="IOException">The channel has ended, or the guest accepts no more streams.</exception>
    public async ValueTask<GuestStream> OpenStreamAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TaskCompletionSource turn;
            lock (_lock)
            {
                ThrowIfEnded();
                if (_connection.CanOpenStream || _connection.PeerGoneAway)
                    return OpenStream();

                turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _openers.Enqueue(turn);
            }

            await turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the session: written bytes are still sent (see <see cref="YamuxChannelOptions.Linger"/>), open streams fail.</summary>
    public async ValueTask DisposeAsync()
    {
        End(reason: null);
        await _closed.Task.ConfigureAwait(false);
    }

    private YamuxStream OpenStream()
    {
        uint id = _connection.OpenStream();
        var stream = new YamuxStream(this, id);
        _streams.Add(id, stream);
        _outputPending.Set();
        return stream;
    }

    private async Task RunAsync()
    {
        Task reading = ReadTransportAsync();
        Exception? writeError = await WriteTransportAsync().ConfigureAwait(false);

        // It is impossible to write to a guest that is gone, but its last bytes may still be in the socket.
        if (writeError is not null)
            await Task.WhenAny(reading, Task.Delay(_options.Linger)).ConfigureAwait(false);
        End(writeError);

        await _lifetime.CancelAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        _lifetime.Dispose();
        _closed.TrySetResult(_reason);
    }

    /// <summary>
    /// Ends the channel; the first call sets the reason. Everything that waits fails now; the writing loop sends the rest and ends.
    /// </summary>
    private void End(Exception? reason)
    {
        lock (_lock)
        {
            if (_ended)
                return;

            _ended = true;
            _reason = reason;
            if (reason is null)
                _connection.GoAway(GoAwayCode.Normal);

            foreach (YamuxStream stream in _streams.Values)
                stream.OnChannelEnded(CreateEndedException());
            _streams.Clear();
            ReleaseOpeners();
            _lifetime.CancelAfter(_options.Linger);
        }

        _outputPending.Set();
    }

    private void ThrowIfEnded()
    {
        if (_ended)
            throw CreateEndedException();
    }

    private IOException CreateEndedException() => _reason is null
        ? new IOException("The channel to the guest has been closed.")
        : new IOException($"The channel to the guest has ended: {_reason.Message}", _reason);

    private void ReleaseOpeners()
    {
        while (_openers.TryDequeue(out TaskCompletionSource? opener))
            opener.TrySetResult();
    }
}
