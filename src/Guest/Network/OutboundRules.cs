using System.Buffers.Binary;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using NetworkConfiguration = Islet.Protocol.Agent.Network;

namespace Islet.Guest.Network;

/// <summary>
/// The rules for outgoing frames of a link: the same that the host applies to frames from the machine. They restrict every process without
/// CAP_NET_ADMIN; routes restrict only a process that uses them.
/// </summary>
internal static class OutboundRules
{
    // The offsets of the fields in a frame whose IPv4 header has no options.
    private const uint EtherType = 12, Fragment = 20, Protocol = 23, Source = 26, Destination = 30, DestinationPort = 36;
    private const uint ArpSender = 28, ArpTarget = 38;
    private const byte Icmp = 1, Tcp = 6, Udp = 17;

    // IPv4, version 4, a header of 20 bytes; the byte that follows is not compared.
    private static ReadOnlySpan<byte> PlainIpv4 => [0x08, 0x00, 0x45, 0x00];

    private static ReadOnlySpan<byte> PlainIpv4Mask => [0xFF, 0xFF, 0xFF, 0x00];

    // ARP for Ethernet and IPv4, with addresses of six and four bytes.
    private static ReadOnlySpan<byte> Arp => [0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4];

    private static ReadOnlySpan<byte> NamePort => [0, 53];

    /// <summary>Creates the rules of a link. Without a gateway none accepts a frame, and nothing leaves the link.</summary>
    public static PacketRules Create(Link link, NetworkConfiguration network)
    {
        var rules = new PacketRules(link.Name);
        if (link.Gateway.Length == 0)
            return rules;

        byte[] own = BytesOf(AddressRange.Parse(link.Address).Address);
        AcceptArp(rules, own, BytesOf(AddressRange.Parse(link.Gateway).Address));
        foreach (string nameserver in network.Nameservers)
            AcceptArp(rules, own, BytesOf(AddressRange.Parse(nameserver).Address));

        rules.BeginRule().IsNot(EtherType, PlainIpv4Mask, PlainIpv4).EndRule(accept: false);
        foreach (string nameserver in network.Nameservers)
        {
            AcceptQuestions(rules, own, BytesOf(AddressRange.Parse(nameserver).Address), Udp);
            AcceptQuestions(rules, own, BytesOf(AddressRange.Parse(nameserver).Address), Tcp);
        }

        foreach (string dropped in network.DroppedAddresses)
            Drop(rules, AddressRange.Parse(dropped));
        foreach (byte protocol in (ReadOnlySpan<byte>)[Tcp, Udp, Icmp])
            Accept(rules, own, protocol);
        return rules;
    }

    private static void AcceptArp(PacketRules rules, byte[] own, byte[] neighbour) =>
        rules.BeginRule().Is(EtherType, Arp).Is(ArpSender, own).Is(ArpTarget, neighbour).EndRule(accept: true);

    // A fragment that lacks its port is not accepted as a query.
    private static void AcceptQuestions(PacketRules rules, byte[] own, byte[] nameserver, byte protocol) => rules.BeginRule()
        .Is(Destination, nameserver)
        .Is(Source, own).Is(Protocol, [protocol]).Is(Fragment, [0x3F, 0xFF], [0, 0]).Is(DestinationPort, NamePort)
        .EndRule(accept: true);

    private static void Drop(PacketRules rules, AddressRange range)
    {
        uint mask = range.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - range.PrefixLength);
        rules.BeginRule().Is(Destination, BytesOf(mask), BytesOf(range.Address & mask)).EndRule(accept: false);
    }

    // Source and destination are loaded together: a frame that ends before its destination is not accepted.
    private static void Accept(PacketRules rules, byte[] own, byte protocol) => rules.BeginRule()
        .Is(Protocol, [protocol]).Is(Source, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], [.. own, 0, 0, 0, 0]).EndRule(accept: true);

    /// <summary>Whether two configurations have the same rules for a link, so that they need not be installed again.</summary>
    public static bool AreSame(Link link, NetworkConfiguration network, Link former, NetworkConfiguration formerNetwork) =>
        link.Name == former.Name && link.Address == former.Address && link.Gateway == former.Gateway
        && network.Nameservers.Equals(formerNetwork.Nameservers) && network.DroppedAddresses.Equals(formerNetwork.DroppedAddresses);

    private static byte[] BytesOf(uint address)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return bytes;
    }
}
