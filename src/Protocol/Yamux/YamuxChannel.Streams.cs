namespace Islet.Protocol.Yamux;

public sealed partial class YamuxChannel
{
    // Enough to fill a socket in one write; a writer that finds more in the queue waits for its turn.
    private const int MaxQueuedOutput = 256 * 1024;

    private readonly Queue<YamuxStream> _writersInTurn = new();

    /// <summary>Reads the available bytes.</summary>
    /// <returns><see langword="false"/> when the caller has to wait until bytes arrive.</returns>
    internal bool TryRead(YamuxStream stream, Span<byte> destination, out int count)
    {
        bool hasOutput;
        lock (_lock)
        {
            if (!stream.TryTake(destination, out count))
                return false;

            _connection.Consume(stream.Id, count);
            hasOutput = _connection.PendingOutput > 0;
        }

        if (hasOutput)
            _outputPending.Set();
        return true;
    }

    /// <summary>Writes as many bytes as the window and the queue allow.</summary>
    /// <returns>The number of bytes; 0 when the caller has to wait for <see cref="YamuxStream.OnWritable"/>.</returns>
    internal int Write(YamuxStream stream, ReadOnlySpan<byte> data)
    {
        int sent;
        lock (_lock)
        {
            stream.ThrowIfNotWritable();
            int room = MaxQueuedOutput - _connection.PendingOutput;
            if (room <= 0)
            {
                _writersInTurn.Enqueue(stream);
                return 0;
            }

            sent = _connection.Send(stream.Id, data[..Math.Min(data.Length, room)]);
        }

        if (sent > 0)
            _outputPending.Set();
        return sent;
    }

    internal void CompleteWrites(YamuxStream stream)
    {
        lock (_lock)
        {
            if (!stream.TryCompleteWrites())
                return;

            _connection.CloseWrites(stream.Id);
            if (stream.IsFinished)
                _streams.Remove(stream.Id);
        }

        _outputPending.Set();
    }

    /// <summary>Ends a stream from this side, with a reset unless both sides have closed it.</summary>
    internal void Abandon(YamuxStream stream, Exception reason)
    {
        lock (_lock)
        {
            _connection.Reset(stream.Id);
            _streams.Remove(stream.Id);
            stream.OnAbandoned(reason);
        }

        _outputPending.Set();
    }

    private void ReleaseWriters()
    {
        while (_writersInTurn.TryDequeue(out YamuxStream? stream))
            stream.OnWritable();
    }

    /// <summary>Handles the events of the state machine, which raises them with the lock held.</summary>
    private sealed class Events(YamuxChannel channel) : IYamuxEvents
    {
        // The guest never dials the host: see IGuestChannel.
        public void StreamOpened(uint id) => channel._connection.Reset(id);

        public void DataReceived(uint id, ReadOnlySpan<byte> data)
        {
            if (channel._streams.TryGetValue(id, out YamuxStream? stream))
                stream.OnData(data);
        }

        public void RemoteClosed(uint id)
        {
            if (!channel._streams.TryGetValue(id, out YamuxStream? stream))
                return;

            stream.OnRemoteClosed();
            if (stream.IsFinished)
                channel._streams.Remove(id);
        }

        public void StreamReset(uint id)
        {
            if (channel._streams.Remove(id, out YamuxStream? stream))
                stream.OnReset();
        }

        public void SendWindowOpened(uint id)
        {
            if (channel._streams.TryGetValue(id, out YamuxStream? stream))
                stream.OnWritable();
        }

        // Nothing to do: the ping only asked for any sign of life, and the bytes were counted.
        public void PongReceived(uint value)
        {
        }

        public void GoAwayReceived(uint code)
        {
            if (code != GoAwayCode.Normal)
                channel._guestFailure = new YamuxException(YamuxError.GoneAway, $"The guest has ended the session with the code {code}.");

            // Waiting openers then see the change themselves.
            channel.ReleaseOpeners();
        }
    }
}
