namespace Islet.Testing.Support;

/// <summary>
/// Frames that a guest might send, and whether they may leave it. The host's filter and the guest's rules must agree on them.
/// </summary>
internal static class FrameSamples
{
    private static readonly byte[] s_looseRoute = [0x83, 7, 4, 127, 0, 0, 1, 0];

    private static readonly string[] s_deniedAddresses =
    [
        "10.0.2.0", "10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.2.4", "10.0.2.15", "10.0.2.77", "10.0.2.254", "10.0.2.255",
        "127.0.0.0", "127.0.0.1", "127.0.0.53", "127.1.2.3", "127.255.255.255", "0.0.0.0", "0.0.0.1", "0.255.255.255",
        "169.254.0.0", "169.254.169.254", "169.254.255.255", "224.0.0.1", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.254",
        "255.255.255.255",
    ];

    private static readonly string[] s_allowedAddresses =
    [
        "1.0.0.0", "1.1.1.1", "10.0.1.255", "10.0.3.0", "10.1.2.3", "10.255.255.255", "126.255.255.255", "128.0.0.0", "169.253.255.255",
        "169.255.0.0", "172.17.0.1", "192.0.2.1", "192.168.1.1", "223.255.255.255",
    ];

    /// <summary>Returns the frames, each with a descriptive name.</summary>
    public static IEnumerable<(string Name, byte[] Frame, bool Passes)> All()
    {
        foreach (string address in s_deniedAddresses)
        {
            foreach ((string name, byte[] frame) in To(address))
                yield return (name, frame, false);
        }

        foreach (string address in s_allowedAddresses)
        {
            foreach ((string name, byte[] frame) in To(address))
                yield return (name, frame, true);
        }

        foreach ((string name, byte[] frame) in Refused())
            yield return (name, frame, false);
        yield return ("a question for a name", GuestFrame.Datagram("10.0.2.3", 53), true);
        yield return ("a question for a name over TCP", GuestFrame.Syn("10.0.2.3", 53), true);
        yield return ("ARP for the router", GuestFrame.Arp("10.0.2.2"), true);
        yield return ("ARP for the name server", GuestFrame.Arp("10.0.2.3"), true);
        yield return ("an answer to the router's ARP", GuestFrame.Arp("10.0.2.2", operation: 2), true);
        yield return ("a fragment to where any port may be reached", GuestFrame.Datagram("192.0.2.1", 80, fragment: 0x2000), true);
        yield return ("a later fragment to where any port may be reached", GuestFrame.Datagram("192.0.2.1", 80, fragment: 100), true);
    }

    private static IEnumerable<(string Name, byte[] Frame)> To(string address) =>
    [
        ($"UDP to {address}", GuestFrame.Datagram(address, 80)),
        ($"TCP to {address}", GuestFrame.Syn(address, 80)),
        ($"ICMP to {address}", GuestFrame.Packet(address, GuestFrame.Icmp, [8, 0, 0xF7, 0xFF, 0, 0, 0, 0])),
    ];

    private static IEnumerable<(string Name, byte[] Frame)> Refused()
    {
        yield return ("a question in fragments", GuestFrame.Datagram("10.0.2.3", 53, fragment: 0x2000));
        yield return ("a later fragment to the name server", GuestFrame.Datagram("10.0.2.3", 53, fragment: 1));
        yield return ("ICMP with the name server's port where UDP has its own", GuestFrame.Packet(
            "10.0.2.3", GuestFrame.Icmp, [8, 0, 0, 53]));
        yield return ("port 53 of the router", GuestFrame.Datagram("10.0.2.2", 53));
        yield return ("another source", GuestFrame.Datagram("192.0.2.1", 80, source: "10.0.2.16"));
        yield return ("the router's own source", GuestFrame.Datagram("192.0.2.1", 80, source: "10.0.2.2"));
        yield return ("the loopback as source", GuestFrame.Datagram("192.0.2.1", 80, source: "127.0.0.1"));
        yield return ("another source asks for a name", GuestFrame.Datagram("10.0.2.3", 53, source: "10.0.2.16"));
        yield return ("a loose source route", GuestFrame.Datagram("192.0.2.1", 80, options: s_looseRoute));
        yield return ("a header that ends before its addresses", ShortHeader());
        yield return ("IPv6 in an IPv4 frame", Changed(GuestFrame.Datagram("192.0.2.1", 80), 14, 0x65));
        yield return ("another protocol", GuestFrame.Packet("192.0.2.1", 47, new byte[16]));
        yield return ("IGMP", GuestFrame.Packet("192.0.2.1", GuestFrame.Igmp, new byte[8]));
        yield return ("IPv6", GuestFrame.Of(0x86DD, new byte[40]));
        yield return ("a VLAN's frame", Tagged(0x8100, GuestFrame.Datagram("192.0.2.1", 80)));
        yield return ("a service VLAN's frame", Tagged(0x88A8, GuestFrame.Datagram("192.0.2.1", 80)));
        yield return ("IPv4 under another EtherType", Changed(GuestFrame.Datagram("192.0.2.1", 80), 13, 0x01));
        yield return ("NC-SI", GuestFrame.Of(0x88F8, new byte[60]));
        yield return ("ARP for another", GuestFrame.Arp("10.0.2.4"));
        yield return ("ARP for itself", GuestFrame.Arp("10.0.2.15"));
        yield return ("ARP in the router's name", GuestFrame.Arp("10.0.2.3", sender: "10.0.2.2"));
        yield return ("ARP of another kind", Changed(GuestFrame.Arp("10.0.2.2"), 18, 8));
        yield return ("a frame without a payload", GuestFrame.Of(0x0800, []));
        yield return ("a packet that ends within its destination", GuestFrame.Datagram("127.0.0.1", 80)[..32]);
        yield return ("a packet that ends within an allowed destination", GuestFrame.Datagram("192.0.2.1", 80)[..32]);
    }

    private static byte[] ShortHeader() => Changed(GuestFrame.Datagram("192.0.2.1", 80), 14, 0x44);

    private static byte[] Changed(byte[] frame, int offset, byte value)
    {
        frame[offset] = value;
        return frame;
    }

    private static byte[] Tagged(ushort tag, byte[] frame) => [.. frame[..12], (byte)(tag >> 8), (byte)tag, 0, 0, .. frame[12..]];
}
