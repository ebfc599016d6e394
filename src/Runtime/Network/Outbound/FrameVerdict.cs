namespace Islet.Networking.Outbound;

/// <summary>What becomes of a frame that a guest sends: it passes, or why not.</summary>
internal enum FrameVerdict
{
    /// <summary>It goes out.</summary>
    Pass,

    /// <summary>It is shorter than its headers say, or longer than the network carries.</summary>
    Malformed,

    /// <summary>It is neither IPv4 nor ARP: IPv6, a VLAN's, and all else.</summary>
    Protocol,

    /// <summary>It asks for the hardware address of something that it has no business with.</summary>
    Neighbour,

    /// <summary>It claims to come from another address than the card's.</summary>
    Source,

    /// <summary>It has IPv4 options, which could name a route.</summary>
    Options,

    /// <summary>It is for an address that is not to be reached.</summary>
    Destination,

    /// <summary>It carries neither TCP nor UDP nor ICMP.</summary>
    Transport,
}
