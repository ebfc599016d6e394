namespace Islet.Networking.Outbound;

/// <summary>
/// The network that every machine has for itself, QEMU's user-mode network, and what of it a container may use. The guest's packet
/// filter and the host's take both from here.
/// </summary>
/// <remarks>
/// QEMU's network stands for the host: it connects to its router's address, to the broadcast address, to 0/8 and to 127/8 as the host's
/// loopback, and older versions to <em>every</em> address of its own subnet; to a link-local address it connects as the host, and so gets
/// what is meant for the host.
/// </remarks>
internal static class UserNetwork
{
    /// <summary>The card's address. Every machine has a network of its own, so all may have the same.</summary>
    public const string Guest = "10.0.2.15";

    /// <summary>The router's address, which is nothing that a packet may be sent to: it would be the host's loopback.</summary>
    public const string Gateway = "10.0.2.2";

    /// <summary>The address at which QEMU hands on what is meant for the host's name server. Of its ports only 53 is one.</summary>
    public const string Nameserver = "10.0.2.3";

    /// <summary>The port of names.</summary>
    public const int NamePort = 53;

    /// <summary>How many bits of the card's address are the network's.</summary>
    public const int PrefixLength = 24;

    /// <summary>
    /// Where nothing is sent to but questions for names: the host's loopback under all its names, link-local addresses, multicast,
    /// broadcast, and what no network has.
    /// </summary>
    public static readonly IReadOnlyList<string> Denied = ["10.0.2.0/24", "127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

    /// <summary>
    /// What of it the guest's routes refuse as well, so that a program that connects there is told at once. They are a courtesy, and hold
    /// nobody back who goes around routes.
    /// </summary>
    public static readonly IReadOnlyList<string> Refused = [Gateway + "/32", "169.254.0.0/16"];
}
