using System.Buffers.Binary;

namespace Islet.Networking.Outbound;

/// <summary>
/// Decides for each frame from a guest whether it may go out. The guest counts as hostile: a frame that is not known to be harmless is
/// dropped.
/// </summary>
/// <remarks>
/// It reads only the fields that the receiver reads, and nothing that a receiver might read differently: the fields of a header without
/// options have fixed places. A fragment passes by its destination like a whole packet, because every port of a permitted destination is
/// permitted. Only the name server, where the port counts, accepts no fragments.
/// </remarks>
internal static class FrameFilter
{
    /// <summary>The longest frame: an Ethernet header and 1500 bytes.</summary>
    public const int LongestFrame = EthernetHeader + 1500;

    private const int EthernetHeader = 14, ArpLength = EthernetHeader + 28, Ipv4Header = 20;
    private const ushort Ipv4 = 0x0800, Arp = 0x0806;
    private const byte Icmp = 1, Tcp = 6, Udp = 17;
    private const ushort FragmentBits = 0x3FFF; // more fragments, and the offset

    // Ethernet, IPv4, with addresses of six and four bytes.
    private const ulong ArpOfIpv4 = 0x0001_0800_06_04;

    private static readonly uint s_guest = AddressRange.Parse(UserNetwork.Guest).Address;
    private static readonly uint s_gateway = AddressRange.Parse(UserNetwork.Gateway).Address;
    private static readonly uint s_nameserver = AddressRange.Parse(UserNetwork.Nameserver).Address;
    private static readonly AddressRange[] s_denied = [.. UserNetwork.Denied.Select(AddressRange.Parse)];

    /// <summary>Returns the verdict on a frame, from its Ethernet header on.</summary>
    public static FrameVerdict Judge(ReadOnlySpan<byte> frame)
    {
        if (frame.Length is < EthernetHeader or > LongestFrame)
            return FrameVerdict.Malformed;
        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            Ipv4 => JudgePacket(frame[EthernetHeader..]),
            Arp => JudgeArp(frame),
            _ => FrameVerdict.Protocol,
        };
    }

    // The guest has to find the router and the name server, and both must find the card.
    private static FrameVerdict JudgeArp(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < ArpLength)
            return FrameVerdict.Malformed;
        ReadOnlySpan<byte> arp = frame[EthernetHeader..];
        if (BinaryPrimitives.ReadUInt64BigEndian(arp) >> 16 != ArpOfIpv4 || BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) is not (1 or 2))
            return FrameVerdict.Malformed;
        if (BinaryPrimitives.ReadUInt32BigEndian(arp[14..]) != s_guest)
            return FrameVerdict.Source;
        uint target = BinaryPrimitives.ReadUInt32BigEndian(arp[24..]);
        return target == s_gateway || target == s_nameserver ? FrameVerdict.Pass : FrameVerdict.Neighbour;
    }

    private static FrameVerdict JudgePacket(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < Ipv4Header || packet[0] >> 4 != 4)
            return FrameVerdict.Malformed;
        if (packet[0] != 0x45)
            return FrameVerdict.Options;

        // A short packet is padded to the length of the shortest frame.
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (length < Ipv4Header || length > packet.Length)
            return FrameVerdict.Malformed;
        packet = packet[..length];

        if (BinaryPrimitives.ReadUInt32BigEndian(packet[12..]) != s_guest)
            return FrameVerdict.Source;
        uint destination = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
        foreach (AddressRange range in s_denied)
        {
            if (range.Contains(destination))
                return destination == s_nameserver && IsQuestionForNames(packet) ? FrameVerdict.Pass : FrameVerdict.Destination;
        }

        return packet[9] is Tcp or Udp or Icmp ? FrameVerdict.Pass : FrameVerdict.Transport;
    }

    private static bool IsQuestionForNames(ReadOnlySpan<byte> packet) =>
        packet[9] is Tcp or Udp
        && (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & FragmentBits) == 0
        && packet.Length >= Ipv4Header + 4
        && BinaryPrimitives.ReadUInt16BigEndian(packet[(Ipv4Header + 2)..]) == UserNetwork.NamePort;
}
