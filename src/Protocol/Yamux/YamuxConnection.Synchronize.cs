namespace Islet.Protocol.Yamux;

public sealed partial class YamuxConnection
{
    private const ulong PongStart = ((ulong)FrameType.Ping << 48) | ((ulong)FrameFlags.Acknowledge << 32);

    private bool _synchronizing;
    private uint _token;
    private ulong _lastBytes;
    private uint _newestBytes;

    /// <summary>
    /// Begins a client's session on a transport that an earlier client may have used: a virtio-serial port, which outlives its users and
    /// may hold bytes that were meant for them. Call it first, before any stream was opened or any byte received.
    /// </summary>
    /// <remarks>
    /// It sends only ordinary yamux frames, and does not wait. Stream 1 is opened and reset, which tells the server that a new client is
    /// there (<see cref="YamuxError.PeerRestarted"/>). Then a ping carries the token. All bytes before the answer with that token belong to
    /// the earlier client, possibly from the middle of a frame on, and are skipped. Streams may be opened at once; their answers come after
    /// the token's.
    /// </remarks>
    /// <param name="token">A random number, so that no earlier answer is mistaken for this one.</param>
    /// <exception cref="InvalidOperationException">This side is a server, or it has already opened a stream.</exception>
    public void Synchronize(uint token)
    {
        if (!_isClient || _nextId != 1)
            throw new InvalidOperationException("Only a client can synchronize, before it opens a stream.");

        Reset(OpenStream());
        Ping(token);
        _token = token;
        _synchronizing = true;
    }

    private void SkipToPong(ref ReadOnlySpan<byte> bytes)
    {
        // The last 12 bytes move through two integers.
        for (int i = 0; i < bytes.Length; i++)
        {
            _lastBytes = (_lastBytes << 8) | (_newestBytes >> 24);
            _newestBytes = (_newestBytes << 8) | bytes[i];
            if (_lastBytes != PongStart || _newestBytes != _token)
                continue;

            _synchronizing = false;
            bytes = bytes[(i + 1)..];
            return;
        }

        bytes = [];
    }
}
