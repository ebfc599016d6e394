using System.Buffers.Binary;
using System.Net;

namespace Islet.Testing.Support;

/// <summary>Frames as a guest would send them, both valid and invalid.</summary>
internal static class GuestFrame
{
    public const byte Icmp = 1, Igmp = 2, Tcp = 6, Udp = 17;

    private const string Guest = "10.0.2.15";

    private static ReadOnlySpan<byte> Router => [0x52, 0x55, 0x0A, 0x00, 0x02, 0x02];

    private static ReadOnlySpan<byte> Card => [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];

    /// <summary>Creates an Ethernet frame.</summary>
    public static byte[] Of(ushort etherType, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[14 + payload.Length];
        Router.CopyTo(frame);
        Card.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), etherType);
        payload.CopyTo(frame.AsSpan(14));
        return frame;
    }

    /// <summary>Creates a frame with an IPv4 packet.</summary>
    /// <param name="destination">The destination address.</param>
    /// <param name="protocol">The number of the protocol.</param>
    /// <param name="payload">The payload of the protocol.</param>
    /// <param name="source">The address that it claims to come from.</param>
    /// <param name="fragment">The field of flags and fragment offset.</param>
    /// <param name="options">The options of the header, a multiple of four bytes.</param>
    public static byte[] Packet(
        string destination, byte protocol, ReadOnlySpan<byte> payload, string source = Guest, ushort fragment = 0, byte[]? options = null)
    {
        int header = 20 + (options?.Length ?? 0);
        byte[] packet = new byte[header + payload.Length];
        packet[0] = (byte)(0x40 | header / 4);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), fragment);
        packet[8] = 64;
        packet[9] = protocol;
        IPAddress.Parse(source).GetAddressBytes().CopyTo(packet, 12);
        IPAddress.Parse(destination).GetAddressBytes().CopyTo(packet, 16);
        options?.CopyTo(packet, 20);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, header), 0));
        payload.CopyTo(packet.AsSpan(header));
        return Of(0x0800, packet);
    }

    /// <summary>Creates a frame with a UDP datagram.</summary>
    public static byte[] Datagram(
        string destination, int port, string text = "x", string source = Guest, ushort fragment = 0, byte[]? options = null,
        int sourcePort = 40000)
    {
        // The datagram has no checksum, which UDP allows.
        byte[] datagram = new byte[8 + text.Length];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, (ushort)sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), (ushort)port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        System.Text.Encoding.ASCII.GetBytes(text, datagram.AsSpan(8));
        return Packet(destination, Udp, datagram, source, fragment, options);
    }

    /// <summary>Creates a frame with the first segment of a TCP connection.</summary>
    public static byte[] Syn(string destination, int port, string source = Guest, int sourcePort = 40001)
    {
        byte[] segment = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)port);
        segment[4] = 1;
        segment[12] = 0x50;
        segment[13] = 0x02;
        segment[14] = 0x20;

        Span<byte> pseudo = stackalloc byte[12];
        IPAddress.Parse(source).GetAddressBytes().CopyTo(pseudo);
        IPAddress.Parse(destination).GetAddressBytes().CopyTo(pseudo[4..]);
        pseudo[9] = Tcp;
        pseudo[11] = (byte)segment.Length;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), Checksum(segment, (ushort)~Checksum(pseudo, 0)));
        return Packet(destination, Tcp, segment, source);
    }

    /// <summary>Creates a frame that asks for a hardware address, or an answer to that.</summary>
    public static byte[] Arp(string target, string sender = Guest, ushort operation = 1)
    {
        byte[] arp = new byte[28];
        ReadOnlySpan<byte> kinds = [0, 1, 8, 0, 6, 4];
        kinds.CopyTo(arp);
        BinaryPrimitives.WriteUInt16BigEndian(arp.AsSpan(6), operation);
        Card.CopyTo(arp.AsSpan(8));
        IPAddress.Parse(sender).GetAddressBytes().CopyTo(arp, 14);
        IPAddress.Parse(target).GetAddressBytes().CopyTo(arp, 24);
        return Of(0x0806, arp);
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (int i = 0; i < bytes.Length; i += 2)
            sum += (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
        while (sum > 0xFFFF)
            sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
