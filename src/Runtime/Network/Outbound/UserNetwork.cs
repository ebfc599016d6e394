namespace Islet.Networking.Outbound;

/// <summary>
/// The private network of every machine, QEMU's user-mode network, and the part of it that a container may use. The guest's packet filter
/// and the host's both take their rules from here.
/// </summary>
/// <remarks>
/// QEMU's network acts as the host. It maps its router's address, the broadcast address, 0/8 and 127/8 to the host's loopback, and older
/// versions map <em>every</em> address of its own subnet. To a link-local address it connects as the host, and so gets data that is meant
/// for the host.
/// </remarks>
internal static class UserNetwork
{
    /// <summary>The card's address. Every machine has its own network, so all may have the same address.</summary>
    public const string Guest = "10.0.2.15";

    /// <summary>The router's address. No packet may be sent to it: the packet would reach the host's loopback.</summary>
    public const string Gateway = "10.0.2.2";

    /// <summary>The address at which QEMU forwards packets to the host's name server. Only its port 53 does.</summary>
    public const string Nameserver = "10.0.2.3";

    /// <summary>The port of the name server.</summary>
    public const int NamePort = 53;

    /// <summary>The number of bits of the card's address that are the network's.</summary>
    public const int PrefixLength = 24;

    /// <summary>
    /// The ranges that nothing may be sent to, except questions to the name server: the host's loopback under all its names, link-local
    /// addresses, multicast, broadcast, and addresses that belong to no network.
    /// </summary>
    public static readonly IReadOnlyList<string> Denied = ["10.0.2.0/24", "127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

    /// <summary>
    /// The part of these ranges that the guest's routes refuse as well, so that a program that connects there gets an error at once. The
    /// routes are a courtesy, and do not stop a program that bypasses them.
    /// </summary>
    public static readonly IReadOnlyList<string> Refused = [Gateway + "/32", "169.254.0.0/16"];
}
