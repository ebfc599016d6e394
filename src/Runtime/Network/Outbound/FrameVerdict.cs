namespace Islet.Networking.Outbound;

/// <summary>The verdict on a frame from a guest: it passes, or the reason why it does not.</summary>
internal enum FrameVerdict
{
    /// <summary>The frame goes out.</summary>
    Pass,

    /// <summary>The frame is shorter than its headers say, or longer than the network carries.</summary>
    Malformed,

    /// <summary>The frame is neither IPv4 nor ARP: IPv6, a VLAN's, and all else.</summary>
    Protocol,

    /// <summary>The frame asks for the hardware address of a host that the guest must not reach.</summary>
    Neighbour,

    /// <summary>The frame claims to come from another address than the card's.</summary>
    Source,

    /// <summary>The frame has IPv4 options, which could name a route.</summary>
    Options,

    /// <summary>The frame is for an address that must not be reached.</summary>
    Destination,

    /// <summary>The frame carries neither TCP nor UDP nor ICMP.</summary>
    Transport,
}
