using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using NetworkConfiguration = Islet.Protocol.Agent.Network;

namespace Islet.Guest.Network;

/// <summary>The machine's links and routes.</summary>
internal sealed class NetworkSetup
{
    private const string Loopback = "lo";

    // Kept open: making a socket after a restore costs more than its use.
    private readonly NetworkLinks _links = new();
    private NetworkConfiguration _current = new();

    /// <summary>
    /// Brings every link up, still without an address. That takes the kernel some time and is the same in every machine: done before the
    /// machine becomes a template, it is done for all its clones.
    /// </summary>
    public void BringLinksUp()
    {
        foreach (string directory in Directory.GetDirectories("/sys/class/net"))
        {
            string link = Path.GetFileName(directory);
            if (link != Loopback)
                DisableIPv6(link);
            _links.BringUp(link);
        }
    }

    /// <summary>
    /// Gives the links the addresses and routes of this machine. Parts of the previous configuration stay if they are still wanted, or are
    /// removed.
    /// </summary>
    public void Configure(NetworkConfiguration network)
    {
        foreach (Link former in _current.Links)
        {
            if (Find(network, former.Name) is not { Address.Length: > 0 })
            {
                _links.BringDown(former.Name);
                _links.RemoveAddress(former.Name);
            }
        }

        foreach (Link link in network.Links)
        {
            Link former = Find(_current, link.Name) ?? new Link();
            Guard(link, network, former);
            Configure(link, former);
        }

        // Routes let a process that connects there fail at once, since the packet filter only drops. They come after the default route,
        // whose gateway must be reachable while that is added. The gateway may still be blocked: packets routed through it find it by its
        // hardware address, and only packets addressed to it are refused.
        foreach (string range in network.BlockedAddresses)
        {
            if (!_current.BlockedAddresses.Contains(range))
                Block(AddressRange.Parse(range));
        }

        foreach (string range in _current.BlockedAddresses)
        {
            if (!network.BlockedAddresses.Contains(range))
                Unblock(AddressRange.Parse(range));
        }

        _current = network;
    }

    /// <summary>
    /// Changes a link's MAC address. virtio_net accepts it while the link is up, and so the routes stay. The kernel forgets its neighbours,
    /// so the next packet asks for the gateway and tells it the new address.
    /// </summary>
    public void SetHardwareAddress(string link, string mac)
    {
        Span<byte> address = stackalloc byte[MacAddressText.Length];
        MacAddressText.Parse(mac, address);
        _links.SetHardwareAddress(link, address);
    }

    /// <summary>
    /// Installs the rules for outgoing frames before any frame can leave the link. Nearly every container has the same rules as its
    /// machine's template, and then there is nothing to do.
    /// </summary>
    private void Guard(Link link, NetworkConfiguration network, Link former)
    {
        if (!OutboundRules.AreSame(link, network, former, _current))
            OutboundRules.Create(link, network).Install();

        bool isUp = link.Gateway.Length > 0;
        bool wasUp = former.Name.Length == 0 || former.Gateway.Length > 0;
        if (isUp && !wasUp)
            _links.BringUp(link.Name);
        else if (!isUp && wasUp)
            _links.BringDown(link.Name);
    }

    private void Configure(Link link, Link former)
    {
        if (link.Mac.Length > 0)
            SetHardwareAddress(link.Name, link.Mac);
        if (link.Mtu > 0 && link.Mtu != former.Mtu)
            _links.SetMtu(link.Name, link.Mtu);

        // The routes through an address are removed with it.
        bool keepsAddress = link.Address == former.Address;
        if (!keepsAddress && link.Address.Length > 0)
            SetAddress(link.Name, AddressRange.Parse(link.Address));
        if (keepsAddress && link.Gateway == former.Gateway)
            return;
        if (keepsAddress && former.Gateway.Length > 0)
            _links.RemoveDefaultRoute(AddressRange.Parse(former.Gateway).Address);
        if (link.Gateway.Length > 0)
            _links.AddDefaultRoute(AddressRange.Parse(link.Gateway).Address);
    }

    private void SetAddress(string link, AddressRange address) => _links.SetAddress(link, address.Address, address.PrefixLength);

    private void Block(AddressRange range) => _links.AddRejectRoute(range.Address, range.PrefixLength);

    private void Unblock(AddressRange range) => _links.RemoveRejectRoute(range.Address, range.PrefixLength);

    private static Link? Find(NetworkConfiguration network, string name)
    {
        foreach (Link link in network.Links)
        {
            if (link.Name == name)
                return link;
        }

        return null;
    }

    /// <summary>
    /// Disables IPv6, so that a link has only the addresses it was given: with IPv6 it would accept one from any router that advertises
    /// itself. The loopback link keeps ::1.
    /// </summary>
    private static void DisableIPv6(string link)
    {
        using Descriptor? setting = Descriptor.TryOpen($"/proc/sys/net/ipv6/conf/{link}/disable_ipv6", OpenFlags.WriteOnly);
        _ = setting?.Write("1"u8);
    }
}
