using System.Text;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using NetworkConfiguration = Islet.Protocol.Agent.Network;

namespace Islet.Guest.Network;

/// <summary>The three files under /etc that describe the network.</summary>
internal static class NetworkFiles
{
    private const uint Mode = 0x1A4; // 0644

    /// <summary>Writes the files to the container's disk.</summary>
    public static void Write(RootDirectory root, NetworkConfiguration network)
    {
        root.WriteFile("/etc", "hostname", Encoding.UTF8.GetBytes(network.Hostname + "\n"), Mode);
        root.WriteFile("/etc", "hosts", Encoding.UTF8.GetBytes(Hosts(network)), Mode);
        root.WriteFile("/etc", "resolv.conf", Encoding.UTF8.GetBytes(ResolverConfiguration(network)), Mode);
    }

    private static string Hosts(NetworkConfiguration network)
    {
        // The same lines as Docker's.
        string hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            + "fe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
        string own = network.Links.Count > 0 ? AddressOf(network.Links[0]) ?? HostsFile.OwnAddress : HostsFile.OwnAddress;
        if (network.Hostname.Length > 0)
            hosts = string.Concat(hosts, Line(own, network.Hostname));
        foreach (HostEntry entry in network.Hosts)
            hosts = string.Concat(hosts, Line(entry.Address, string.Join(' ', entry.Names)));
        return hosts;
    }

    private static string Line(string address, string names) => string.Concat(address, "\t", names, "\n");

    /// <summary>Returns a link's address without its prefix length; null where it has none.</summary>
    public static string? AddressOf(Link link)
    {
        int slash = link.Address.IndexOf('/');
        return link.Address.Length == 0 ? null : slash < 0 ? link.Address : link.Address[..slash];
    }

    private static string ResolverConfiguration(NetworkConfiguration network)
    {
        string configuration = "";
        foreach (string nameserver in network.Nameservers)
            configuration = string.Concat(configuration, "nameserver ", nameserver, "\n");
        if (network.SearchDomains.Count > 0)
            configuration = string.Concat(configuration, "search ", string.Join(' ', network.SearchDomains), "\n");
        return configuration;
    }
}
