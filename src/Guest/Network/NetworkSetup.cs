using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;
using NetworkConfiguration = Islet.Protocol.Agent.Network;

namespace Islet.Guest.Network;

/// <summary>Links, routes and the three files under /etc that belong to them.</summary>
internal static class NetworkSetup
{
    private const string Loopback = "lo";

    /// <summary>
    /// Brings every link up, still without an address. That takes the kernel a while, and is the same in every machine: done before
    /// the machine becomes a template, it is done for all its clones.
    /// </summary>
    public static void BringLinksUp()
    {
        using var links = new Links();
        foreach (string directory in Directory.GetDirectories("/sys/class/net"))
        {
            string link = Path.GetFileName(directory);
            if (link != Loopback)
                DisableIPv6(link);
            links.BringUp(link);
        }
    }

    /// <summary>Gives the links what makes this machine this machine.</summary>
    public static void Configure(NetworkConfiguration network)
    {
        using var links = new Links();
        foreach (Link link in network.Links)
        {
            if (link.Mac.Length > 0)
                links.SetHardwareAddress(link.Name, ParseMac(link.Mac));
            if (link.Mtu > 0)
                links.SetMtu(link.Name, link.Mtu);
            if (link.Address.Length > 0)
            {
                (uint address, int prefix) = ParseRange(link.Address);
                links.SetAddress(link.Name, address, prefix);
            }

            if (link.Gateway.Length > 0)
                links.AddDefaultRoute(ParseRange(link.Gateway).Address);
        }

        // After the default route, whose gateway must be reachable while it is added. It may be blocked all the same: what is
        // routed through it finds it by its hardware address, and only what is meant for it is refused.
        foreach (string range in network.BlockedAddresses)
        {
            (uint address, int prefix) = ParseRange(range);
            links.AddRejectRoute(address, prefix);
        }
    }

    /// <summary>
    /// Changes a link's MAC address. virtio_net takes it while the link is up, and so the routes stay; the kernel forgets what it
    /// knew of the neighbours, so the next packet asks for the gateway and tells it the new address.
    /// </summary>
    public static void SetHardwareAddress(string link, string mac)
    {
        using var links = new Links();
        links.SetHardwareAddress(link, ParseMac(mac));
    }

    /// <summary>Writes /etc/hosts, /etc/hostname and /etc/resolv.conf into the container's disk.</summary>
    public static void WriteFiles(RootDirectory root, NetworkConfiguration network)
    {
        const uint Mode = 0x1A4; // 0644
        root.WriteFile("/etc", "hostname", Encoding.UTF8.GetBytes(network.Hostname + "\n"), Mode);
        root.WriteFile("/etc", "hosts", Encoding.UTF8.GetBytes(Hosts(network)), Mode);
        root.WriteFile("/etc", "resolv.conf", Encoding.UTF8.GetBytes(ResolverConfiguration(network)), Mode);
    }

    /// <summary>An IPv4 address with an optional prefix length, 32 where there is none.</summary>
    /// <exception cref="TtrpcException">It is not one.</exception>
    public static (uint Address, int PrefixLength) ParseRange(string text)
    {
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> address = slash < 0 ? text : text.AsSpan(0, slash);
        int prefix = 32;
        Span<byte> bytes = stackalloc byte[4];
        bool isValid = IPAddress.TryParse(address, out IPAddress? parsed) && parsed.TryWriteBytes(bytes, out _)
            && (slash < 0 || int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix))
            && prefix <= 32;
        return isValid
            ? (BinaryPrimitives.ReadUInt32BigEndian(bytes), prefix)
            : throw new TtrpcException(StatusCode.InvalidArgument, $"\"{text}\" is not an IPv4 address or range");
    }

    /// <summary>
    /// A link has the addresses it was given and no others: with IPv6 it would take one from whoever advertises, and a way around
    /// the blocked addresses with it. The loopback keeps ::1.
    /// </summary>
    private static void DisableIPv6(string link)
    {
        using Descriptor? setting = Descriptor.TryOpen($"/proc/sys/net/ipv6/conf/{link}/disable_ipv6", OpenFlags.WriteOnly);
        _ = setting?.Write("1"u8);
    }

    private static byte[] ParseMac(string text)
    {
        string[] parts = text.Split(':');
        var mac = new byte[6];
        for (int i = 0; i < mac.Length; i++)
        {
            bool isValid = parts.Length == mac.Length
                && byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out mac[i]);
            if (!isValid)
                throw new TtrpcException(StatusCode.InvalidArgument, $"\"{text}\" is not a MAC address");
        }

        return mac;
    }

    private static string Hosts(NetworkConfiguration network)
    {
        var hosts = new StringBuilder("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        string address = network.Links.Count > 0 ? network.Links[0].Address : "";
        string own = address.Length == 0 ? HostsFile.OwnAddress : address.Split('/')[0];
        if (network.Hostname.Length > 0)
            hosts.Append(own).Append('\t').Append(network.Hostname).Append('\n');
        foreach (HostEntry entry in network.Hosts)
            hosts.Append(entry.Address).Append('\t').AppendJoin(' ', entry.Names).Append('\n');
        return hosts.ToString();
    }

    private static string ResolverConfiguration(NetworkConfiguration network)
    {
        var configuration = new StringBuilder();
        foreach (string nameserver in network.Nameservers)
            configuration.Append("nameserver ").Append(nameserver).Append('\n');
        if (network.SearchDomains.Count > 0)
            configuration.Append("search ").AppendJoin(' ', network.SearchDomains).Append('\n');
        return configuration.ToString();
    }
}
