namespace Islet.Protocol.Yamux;

public sealed partial class YamuxChannel
{
    private const int ReadBufferSize = 128 * 1024;

    private readonly AsyncSignal _outputPending = new();
    private long _heard;
    private long _sent;
    private YamuxException? _guestFailure;

    /// <summary>
    /// The number of times that bytes came from the guest. If the number does not change after <see cref="Ping"/>, the guest hangs.
    /// </summary>
    public long Heard => Volatile.Read(ref _heard);

    /// <summary>The number of times that bytes were sent to the guest.</summary>
    public long Sent => Volatile.Read(ref _sent);

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

                Interlocked.Increment(ref _heard);
                if (!Receive(buffer.AsSpan(0, count)))
                    return;
            }
        }
        catch (Exception error)
        {
            // Any end of the loop ends the channel: a loop that dies silently would leave readers waiting forever.
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

    /// <returns>The error that stopped it, or <see langword="null"/> when everything was written and the channel has ended.</returns>
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
                {
                    Interlocked.Increment(ref _sent);
                    await _transport.WriteAsync(output, _lifetime.Token).ConfigureAwait(false);
                }
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

    /// <summary>Asks the guest for a sign of life, which shows in <see cref="Heard"/>.</summary>
    public void Ping()
    {
        lock (_lock)
        {
            if (_ended)
                return;
            _connection.Ping(0);
        }

        _outputPending.Set();
    }
}
