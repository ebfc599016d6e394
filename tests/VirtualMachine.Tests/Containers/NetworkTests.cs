using System.Net;
using System.Net.Sockets;

namespace Islet.VirtualMachine.Tests.Containers;

public sealed class NetworkTests(IdleContainerFixture idle)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_and_resolv_conf_are_the_containers_own()
    {
        await using Container container = await TestRuntime.Idle
            .WithHostname("island").WithExtraHost("db.example", "192.0.2.7").StartTestAsync();
        string hosts = await ShellAsync(container, "cat /etc/hosts");
        Assert.Contains("127.0.0.1\tlocalhost", hosts, StringComparison.Ordinal);
        Assert.Single(hosts.Split('\n'), line => line == "10.0.2.15\tisland");
        Assert.Single(hosts.Split('\n'), line => line == "192.0.2.7\tdb.example");
        Assert.Equal("nameserver 10.0.2.3", await ShellAsync(container, "grep nameserver /etc/resolv.conf"));
        Assert.StartsWith("192.0.2.7", await ShellAsync(container, "getent hosts db.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_network_there_is_no_way_out_but_published_ports_answer()
    {
        await using Container container = await TestRuntime.Idle
            .WithoutNetwork().WithPort(8080).WithCommand("sh", "-c", EchoServer.Command(8080)).StartTestAsync();
        Assert.Equal("", await ShellAsync(container, "awk '$2 == \"00000000\"' /proc/net/route"));
        Assert.Equal("", await ShellAsync(container, "grep nameserver /etc/resolv.conf || true"));
        Assert.Equal("ping", await EchoServer.AskAsync(container, 8080, "ping", Cancelled));
    }

    [Fact]
    public async Task A_container_with_network_has_a_route_out()
    {
        Container container = await idle.GetAsync();
        Assert.Equal("eth0", await ShellAsync(container, "awk '$2 == \"00000000\" {print $1}' /proc/net/route"));
    }

    [Fact]
    public async Task A_fixed_host_port_is_the_one_that_answers_and_is_free_again_afterwards()
    {
        int port = FreePort();
        await using (Container container = await TestRuntime.Idle
            .WithPort(8080, hostPort: port).WithCommand("sh", "-c", EchoServer.Command(8080)).StartTestAsync())
        {
            Assert.Equal(port, container.GetPort());
            Assert.Equal(port, Assert.Single(container.Ports).HostPort);
            Assert.Equal("ping", await EchoServer.AskAsync(container, 8080, "ping", Cancelled));
        }

        using var again = new TcpListener(IPAddress.Loopback, port);
        again.Start();
    }

    [Fact]
    public async Task A_port_that_is_not_published_is_named_with_those_that_are()
    {
        await using Container container = await TestRuntime.Idle.WithPort(8080).WaitUntil(Wait.ForCommand("true")).StartTestAsync();
        ArgumentException exception = Assert.Throws<ArgumentException>(() => container.GetPort(9090));
        Assert.Contains("8080", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialAsync_reaches_a_port_that_is_not_published_and_says_when_nobody_listens()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", EchoServer.Command(7)).WaitUntil(Wait.ForPort(7)).StartTestAsync();
        ContainerOperationException exception = await Assert.ThrowsAsync<ContainerOperationException>(
            async () => await container.DialAsync(9, Cancelled));
        Assert.Contains("Port 9", exception.Message, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> ShellAsync(Container container, string script)
    {
        ExecResult result = await container.ExecAsync(["sh", "-c", script], cancellationToken: Cancelled);
        Assert.True(result.ExitCode == 0, $"{script}: {result.Stderr}");
        return result.Stdout.TrimEnd('\n');
    }
}
