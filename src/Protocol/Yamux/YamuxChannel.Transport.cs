namespace Islet.Protocol.Yamux;

public sealed partial class YamuxChannel
{
    private const int ReadBufferSize = 128 * 1024;

    private readonly AsyncSignal _outputPending = new();
    private bool _pongAwaited;
    private YamuxException? _guestFailure;

    private async Task ReadTransportAsync()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ReadBufferSize);
        try
        {
            while (true)
            {
                int count = await _transport.ReadAsync(buffer, _lifetime.Token).ConfigureAwait(false);
                if (count == 0)
                    throw new EndOfStreamException("The guest's end of the transport was closed.");

                if (!Receive(buffer.AsSpan(0, count)))
                    return;
            }
        }
        catch (Exception error)
        {
            // Whatever stops the loop ends the channel: a loop that dies silently would leave readers waiting for ever.
            End(error);
        }
    }

    private bool Receive(ReadOnlySpan<byte> bytes)
    {
        bool hasOutput;
        lock (_lock)
        {
            if (_ended)
                return false;

            _connection.Receive(bytes);
            if (_guestFailure is not null)
                throw _guestFailure;
            if (_openers.Count > 0 && _connection.CanOpenStream)
                ReleaseOpeners();
            hasOutput = _connection.PendingOutput > 0;
        }

        if (hasOutput)
            _outputPending.Set();
        return true;
    }

    /// <returns>What stopped it, or <see langword="null"/> when everything was written and the channel has ended.</returns>
    private async Task<Exception?> WriteTransportAsync()
    {
        byte[] spare = [];
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> output;
                bool isLast;
                lock (_lock)
                {
                    output = _connection.TakeOutput(ref spare);
                    isLast = _ended;
                    ReleaseWriters();
                }

                if (!output.IsEmpty)
                    await _transport.WriteAsync(output, _lifetime.Token).ConfigureAwait(false);
                else if (isLast)
                    return null;
                else
                    await _outputPending.WaitAsync(_lifetime.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private async Task KeepAliveAsync()
    {
        if (_options.KeepAliveInterval == Timeout.InfiniteTimeSpan)
            return;

        using var timer = new PeriodicTimer(_options.KeepAliveInterval, _options.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_lifetime.Token).ConfigureAwait(false))
                Ping();
        }
        catch (OperationCanceledException)
        {
            // The channel has ended.
        }
        catch (YamuxException unanswered)
        {
            End(unanswered);
        }
    }

    private void Ping()
    {
        lock (_lock)
        {
            if (_pongAwaited)
            {
                throw new YamuxException(
                    YamuxError.KeepAliveTimeout, $"The guest has not answered within {_options.KeepAliveInterval.TotalSeconds:0.###} s.");
            }

            _pongAwaited = true;
            _connection.Ping(0);
        }

        _outputPending.Set();
    }
}
