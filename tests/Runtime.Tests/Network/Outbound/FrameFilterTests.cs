using System.Buffers.Binary;
using System.Net;
using Islet.Networking.Outbound;
using Islet.Testing.Support;

namespace Islet.Tests.Networking.Outbound;

public sealed class FrameFilterTests
{
    public static TheoryData<string> Names => [.. FrameSamples.All().Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Judge_passes_what_may_leave_and_nothing_else(string name)
    {
        (_, byte[] frame, bool passes) = FrameSamples.All().Single(sample => sample.Name == name);
        Assert.Equal(passes, FrameFilter.Judge(frame) == FrameVerdict.Pass);
    }

    [Theory]
    [InlineData("another source", nameof(FrameVerdict.Source))]
    [InlineData("a loose source route", nameof(FrameVerdict.Options))]
    [InlineData("UDP to 127.0.0.1", nameof(FrameVerdict.Destination))]
    [InlineData("a VLAN's frame", nameof(FrameVerdict.Protocol))]
    [InlineData("ARP for another", nameof(FrameVerdict.Neighbour))]
    [InlineData("IGMP", nameof(FrameVerdict.Transport))]
    [InlineData("a packet that ends within its destination", nameof(FrameVerdict.Malformed))]
    public void Judge_says_why(string name, string verdict) =>
        Assert.Equal(Enum.Parse<FrameVerdict>(verdict), FrameFilter.Judge(FrameSamples.All().Single(sample => sample.Name == name).Frame));

    [Fact]
    public void Judge_takes_the_padding_of_a_short_frame_and_no_frame_that_is_too_long()
    {
        byte[] frame = GuestFrame.Datagram("192.0.2.1", 80);
        Assert.Equal(FrameVerdict.Pass, FrameFilter.Judge([.. frame, .. new byte[60 - frame.Length]]));

        byte[] longest = GuestFrame.Packet("192.0.2.1", GuestFrame.Udp, new byte[1480]);
        Assert.Equal(FrameVerdict.Pass, FrameFilter.Judge(longest));
        Assert.Equal(FrameVerdict.Malformed, FrameFilter.Judge([.. longest, 0]));
    }

    [Fact]
    public void Judge_a_question_must_be_long_enough_to_have_a_port_within_the_packet()
    {
        // The port is in the padding, which the receiver does not treat as part of the packet.
        byte[] frame = GuestFrame.Datagram("10.0.2.3", 53);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), 20);
        Assert.Equal(FrameVerdict.Destination, FrameFilter.Judge(frame));
    }

    /// <summary>
    /// Every frame that passes is, parsed independently, for an allowed address. Frames are made from good ones by changing some bytes.
    /// </summary>
    [Fact]
    public void Judge_nothing_that_passes_could_be_taken_for_a_packet_to_a_denied_address()
    {
        byte[][] seeds = [.. FrameSamples.All().Select(sample => sample.Frame)];
        var random = new Random(20260731);
        int passed = 0;
        for (int round = 0; round < 300_000; round++)
        {
            byte[] frame = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (int change = random.Next(4); change > 0 && frame.Length > 0; change--)
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            if (random.Next(8) == 0)
                frame = frame[..random.Next(frame.Length + 1)];

            if (FrameFilter.Judge(frame) != FrameVerdict.Pass)
                continue;
            passed++;
            Assert.True(IsHarmless(frame), Convert.ToHexString(frame));
        }

        Assert.InRange(passed, 10_000, 290_000);
    }

    // Written independently of the filter: with IPAddress and strings instead of masks.
    private static bool IsHarmless(byte[] frame)
    {
        if (frame[12] == 8 && frame[13] == 6)
            return new IPAddress(frame[38..42]).ToString() is "10.0.2.2" or "10.0.2.3"
                && new IPAddress(frame[28..32]).ToString() == "10.0.2.15";
        if (frame[12] != 8 || frame[13] != 0 || frame[14] != 0x45)
            return false;

        string destination = new IPAddress(frame[30..34]).ToString();
        int first = int.Parse(destination.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture);
        if (destination == "10.0.2.3")
            return frame[36] == 0 && frame[37] == 53 && frame[23] is 6 or 17 && (frame[20] & 0x3F) == 0 && frame[21] == 0;
        return first is not (0 or 127) && first < 224 && !destination.StartsWith("169.254.", StringComparison.Ordinal)
            && !destination.StartsWith("10.0.2.", StringComparison.Ordinal) && new IPAddress(frame[26..30]).ToString() == "10.0.2.15";
    }
}
