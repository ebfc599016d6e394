using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed partial class YamuxConnectionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_bytes_end_in_a_typed_error_and_bounded_memory(int seed)
    {
        var random = new Random(seed);
        byte[] piece = new byte[256];
        for (int round = 0; round < 2000; round++)
        {
            var server = new YamuxConnection(isClient: false, new CountingEvents(), YamuxOptions.Default);
            for (int i = 0; i < 8; i++)
            {
                random.NextBytes(piece);
                if (!TryReceive(server, piece.AsSpan(0, random.Next(piece.Length))))
                    break;
            }

            Assert.InRange(server.PendingOutput, 0, 4096);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Random_frames_end_in_a_typed_error_and_bounded_memory(int seed)
    {
        var random = new Random(seed);
        var options = new YamuxOptions { MaxStreams = 8, AcceptBacklog = 4, MaxPendingReplies = 64 * 1024 };
        int violations = 0;
        for (int round = 0; round < 300; round++)
        {
            var events = new CountingEvents();
            var connection = new YamuxConnection(isClient: random.Next(2) == 0, events, options);
            for (int i = 0; i < 500; i++)
            {
                if (!TryReceive(connection, RandomFrame(random)))
                {
                    violations++;
                    break;
                }

                ActAtRandom(connection, random);
                Assert.InRange(connection.StreamCount, 0, 8 + 64);
            }

            Assert.InRange(connection.PendingOutput, 0, (64 * 1024) + (64 * 256 * 1024));
        }

        Assert.InRange(violations, 1, 300);
    }

    private static byte[] RandomFrame(Random random)
    {
        // Mostly valid types, so that the deeper states are reached too.
        FrameType type = (FrameType)(random.Next(50) == 0 ? random.Next(256) : random.Next(3));
        var flags = (FrameFlags)(random.Next(3) == 0 ? random.Next(16) : 0);
        uint id = type is FrameType.Ping ? 0 : (uint)random.Next(1, 24);
        if (type != FrameType.Data)
            return Frame.Header12(type, flags, id, (uint)random.Next(1000));

        byte[] payload = new byte[random.Next(20) == 0 ? random.Next(100_000) : random.Next(64)];
        return Frame.Data(id, payload, flags);
    }

    private static void ActAtRandom(YamuxConnection connection, Random random)
    {
        uint id = (uint)random.Next(1, 24);
        switch (random.Next(8))
        {
            case 0 when connection.CanOpenStream && !connection.PeerGoneAway && connection.StreamCount < 64:
                connection.OpenStream();
                break;
            case 1:
                connection.CloseWrites(id);
                break;
            case 2:
                connection.Reset(id);
                break;
            case 3 when connection.SendWindow(id) > 0:
                connection.Send(id, new byte[random.Next(1000)]);
                break;
            case 4:
                connection.AdvanceOutput(random.Next(connection.PendingOutput + 1));
                break;
        }
    }

    private static bool TryReceive(YamuxConnection connection, ReadOnlySpan<byte> bytes)
    {
        try
        {
            connection.Receive(bytes);
            return true;
        }
        catch (YamuxException)
        {
            return false;
        }
    }

    /// <summary>Checks that events come in a valid order.</summary>
    private sealed class CountingEvents : IYamuxEvents
    {
        private readonly HashSet<uint> _finished = [];
        private readonly HashSet<uint> _reset = [];

        public void StreamOpened(uint id) => Assert.DoesNotContain(id, _reset);

        public void DataReceived(uint id, ReadOnlySpan<byte> data)
        {
            Assert.False(data.IsEmpty);
            Assert.DoesNotContain(id, _finished);
            Assert.DoesNotContain(id, _reset);
        }

        public void RemoteClosed(uint id)
        {
            Assert.True(_finished.Add(id));
            Assert.DoesNotContain(id, _reset);
        }

        public void StreamReset(uint id) => Assert.True(_reset.Add(id));

        public void SendWindowOpened(uint id) => Assert.DoesNotContain(id, _reset);

        public void PongReceived(uint value)
        {
        }

        public void GoAwayReceived(uint code)
        {
        }
    }
}
