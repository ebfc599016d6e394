using System.Net.Sockets;
using Islet.Native.Posix;
using Islet.Networking.Outbound;
using Islet.Testing.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Tests.Networking.Outbound;

/// <summary>The gate between two socket pairs, whose other ends are a machine's network card and its connection to the outside.</summary>
public sealed class OutboundGateTests : IDisposable
{
    private readonly SocketPair _card = SocketPair.CreateOfMessages(), _outside = SocketPair.CreateOfMessages();
    private readonly Socket _cardHere, _outsideHere, _guest, _world;
    private readonly OutboundGate _gate;

    public OutboundGateTests()
    {
        _cardHere = _card.TakeOurs();
        _outsideHere = _outside.TakeOurs();
        _guest = new Socket(new SafeSocketHandle(_card.Theirs.DangerousGetHandle(), ownsHandle: false));
        _world = new Socket(new SafeSocketHandle(_outside.Theirs.DangerousGetHandle(), ownsHandle: false));
        _gate = OutboundGate.Open(_cardHere, _outsideHere, FrameFilter.Judge, NullLogger.Instance);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_passes_arrives_whole_and_in_order_and_what_does_not_is_counted()
    {
        byte[] first = GuestFrame.Datagram("192.0.2.1", 80, "first"),
            second = GuestFrame.Packet("192.0.2.1", GuestFrame.Udp, new byte[1480]);
        byte[][] frames =
        [
            GuestFrame.Datagram("127.0.0.1", 80), first, GuestFrame.Datagram("10.0.2.2", 80), new byte[60_000], [], second,
        ];
        foreach (byte[] frame in frames)
            await _guest.SendAsync(frame, Cancelled);

        Assert.Equal(first, await ReceiveAsync(_world));
        Assert.Equal(second, await ReceiveAsync(_world));
        Assert.Equal(2, _gate.Count(FrameVerdict.Destination));
        Assert.Equal(2, _gate.Count(FrameVerdict.Malformed));
        Assert.Equal(2, _gate.Count(FrameVerdict.Pass));
    }

    [Fact]
    public async Task Answers_go_back_as_they_are()
    {
        byte[] answer = GuestFrame.Packet("10.0.2.15", GuestFrame.Udp, new byte[100], source: "192.0.2.1");
        await _world.SendAsync(answer, Cancelled);
        Assert.Equal(answer, await ReceiveAsync(_guest));
    }

    [Fact]
    public async Task A_way_out_that_takes_nothing_holds_the_guest_back_and_not_the_answers()
    {
        byte[] frame = GuestFrame.Packet("192.0.2.1", GuestFrame.Udp, new byte[1480]);
        _guest.Blocking = false;
        int sent = await FloodAsync(frame);

        // Frames that are under way are in the kernel's buffers of two sockets, and nowhere else.
        Assert.InRange(sent, 1, 4096);
        byte[] answer = GuestFrame.Datagram("10.0.2.15", 80, source: "192.0.2.1");
        await _world.SendAsync(answer, Cancelled);
        Assert.Equal(answer, await ReceiveAsync(_guest));

        for (int i = 0; i < sent; i++)
            Assert.Equal(frame, await ReceiveAsync(_world));
        _guest.Blocking = true;
        await _guest.SendAsync(GuestFrame.Arp("10.0.2.2"), Cancelled);
        Assert.Equal(GuestFrame.Arp("10.0.2.2"), await ReceiveAsync(_world));
    }

    [Fact]
    public async Task A_flood_of_what_does_not_pass_is_read_and_dropped()
    {
        byte[] denied = GuestFrame.Datagram("127.0.0.1", 80);
        const int Flood = 20_000;
        for (int i = 0; i < Flood; i++)
            await _guest.SendAsync(denied, Cancelled);
        byte[] allowed = GuestFrame.Datagram("192.0.2.1", 80);
        await _guest.SendAsync(allowed, Cancelled);

        Assert.Equal(allowed, await ReceiveAsync(_world));
        Assert.Equal(Flood, _gate.Count(FrameVerdict.Destination));
    }

    [Fact]
    public async Task It_closes_with_the_machines_sockets()
    {
        Assert.False(_gate.Closed.IsCompleted);
        _cardHere.Dispose();
        _outsideHere.Dispose();
        await _gate.Closed.WaitAsync(Cancelled);
        await Assert.ThrowsAsync<SocketException>(async () => await _guest.SendAsync(GuestFrame.Arp("10.0.2.2"), Cancelled));
    }

    public void Dispose()
    {
        _cardHere.Dispose();
        _outsideHere.Dispose();
        _guest.Dispose();
        _world.Dispose();
        _card.Dispose();
        _outside.Dispose();
    }

    // Sends until no more frames are accepted, even after those under way had time to continue.
    private async Task<int> FloodAsync(byte[] frame)
    {
        int sent = 0;
        for (int pauses = 0; pauses < 20;)
        {
            _guest.Send(frame, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
            {
                sent++;
                pauses = 0;
                continue;
            }

            Assert.Contains(error, new[] { SocketError.WouldBlock, SocketError.NoBufferSpaceAvailable });
            pauses++;
            await Task.Delay(10, Cancelled);
        }

        return sent;
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket)
    {
        byte[] buffer = new byte[65536];
        return buffer[..await socket.ReceiveAsync(buffer, Cancelled)];
    }
}
