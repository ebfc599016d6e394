using System.Net;
using System.Net.Sockets;
using Islet.Networking;

namespace Islet.Tests.Networking;

public sealed class PortHolderTests
{
    private static readonly string[] s_table =
    [
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0",
        "   1: 0100007F:1538 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 20 4 30 10 -1",
        "   2: 00000000:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 4713 1 0 100 0 0 10 0",
        "   3: torn",
    ];

    [Theory]
    [InlineData(5432, "4711")]
    [InlineData(6379, "4713")]
    public void ListeningInodes_finds_listeners_only(int port, string inode) =>
        Assert.Equal([inode], PortHolder.ListeningInodes(s_table, port));

    [Fact]
    public void ListeningInodes_of_a_free_port_is_empty() => Assert.Empty(PortHolder.ListeningInodes(s_table, 80));

    [Fact]
    public void Find_names_this_process_for_a_port_of_its_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells, in /proc.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.StartsWith(
            $"process {Environment.ProcessId} (", PortHolder.Find(((IPEndPoint)listener.LocalEndpoint).Port), StringComparison.Ordinal);
    }
}
