using System.Net;
using System.Net.Sockets;
using System.Text;
using Islet.VirtualMachine.Tests.Instant;

namespace Islet.VirtualMachine.Tests.Containers;

public sealed class HostPortTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_of_the_host_answers_under_its_name_and_no_other_does()
    {
        using var shop = new LineServer("shop");
        using var bank = new LineServer("bank");
        await using Container container = await TestRuntime.Idle
            .WithHostPort("shop", 80, shop.Port).WithHostPort("bank", 80, bank.Port).WithHostPort("bank", 81, shop.Port).StartTestAsync();

        Assert.Equal("shop", await AskAsync(container, "shop", 80));
        Assert.Equal("bank", await AskAsync(container, "bank", 80));
        Assert.Equal("shop", await AskAsync(container, "bank", 81));
        Assert.Equal("", await AskAsync(container, "shop", 81));
        Assert.Equal("", await AskAsync(container, "shop", bank.Port));
        Assert.Equal("", await AskAsync(container, "10.0.2.2", bank.Port));
    }

    [Fact]
    public async Task A_container_reaches_all_published_ports_of_another_by_one_name_and_the_ports_inside()
    {
        await using Container server = await TestRuntime.Idle.WithPort(8080).WithPort(8081).WaitUntil(Wait.ForPort(8081)).WithCommand(
            "sh", "-c", $"{EchoServer.Command(8080)} & {EchoServer.Command(8081)}").StartTestAsync();
        await using Container client = await TestRuntime.Idle.WithReach("server", server).StartTestAsync();
        foreach (int port in new[] { 8080, 8081 })
        {
            ExecResult answer = await client.ExecAsync(
                ["sh", "-c", $"echo hello | busybox nc server {port}"], cancellationToken: Cancelled);
            Assert.Equal("hello", answer.Stdout.Trim());
        }

        await using Container silent = await TestRuntime.Idle.StartTestAsync();
        ArgumentException refused = Assert.Throws<ArgumentException>(() => TestRuntime.Idle.WithReach("silent", silent));
        Assert.Contains("publishes no port", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_is_reset_while_nobody_listens_on_the_host_and_answered_later()
    {
        int port;
        using (var none = new LineServer("none"))
            port = none.Port;
        await using Container container = await TestRuntime.Idle.WithHostPort("shop", 80, port).StartTestAsync();
        Assert.Equal("", await AskAsync(container, "shop", 80));

        using var shop = new LineServer("shop", port);
        Assert.Equal("shop", await AskAsync(container, "shop", 80));
    }

    [Fact]
    public async Task The_process_finds_the_port_from_its_first_moment_on()
    {
        using var shop = new LineServer("shop");
        await using Container container = await TestRuntime.Idle
            .WithHostPort("shop", 80, shop.Port).WithCommand("busybox", "nc", "shop", "80").StartTestAsync();
        await container.Exited.WaitAsync(Cancelled);
        Assert.Equal("shop\n", container.ReadOutput(OutputStreams.Stdout));
    }

    [Fact]
    public async Task A_server_of_the_container_may_have_the_same_port_on_every_address()
    {
        using var other = new LineServer("other");
        await using Container container = await TestRuntime.Idle
            .WithHostPort("other", 8080, other.Port).WithPort(8080).WithCommand("sh", "-c", EchoServer.Command(8080)).StartTestAsync();
        Assert.Equal("own", await EchoServer.AskAsync(container, 8080, "own", Cancelled));
        Assert.Equal("other", await AskAsync(container, "other", 8080));
    }

    [Fact]
    public async Task Checkpoints_and_roll_backs_keep_the_way_and_a_fork_may_be_given_another()
    {
        using var shop = new LineServer("shop");
        using var other = new LineServer("other");
        await using Container container = await TestRuntime.Idle
            .WithHostPort("shop", 80, shop.Port).WithPort(7).WaitUntil(Wait.ForCommand("true")).StartTestAsync();
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        Assert.Equal("shop", await AskAsync(container, "shop", 80));
        await container.RollBackAsync(checkpoint, Cancelled);
        Assert.Equal("shop", await AskAsync(container, "shop", 80));

        await using Container same = await checkpoint.ForkAsync(Cancelled);
        Assert.Equal("shop", await AskAsync(same, "shop", 80));
        await using Container elsewhere = await checkpoint.ForkAsync(
            new ForkOptions { HostPorts = [new HostPortBinding("shop", 80, other.Port)] }, Cancelled);
        Assert.Equal("other", await AskAsync(elsewhere, "shop", 80));
    }

    [Fact]
    public async Task A_container_from_a_named_checkpoint_has_the_chosen_ports()
    {
        await using var cache = new OwnCache();
        using var before = new LineServer("before");
        using var now = new LineServer("now");
        int chosen;
        using (var free = new LineServer("free"))
            chosen = free.Port;
        await using (Container first = await OwnCache.StartAsync(
            cache.NewRuntime(), idle => idle.WithHostPort("shop", 80, before.Port).WithPort(7).WaitUntil(Wait.ForCommand("true"))))
            await (await first.CheckpointAsync("kept", Cancelled)).DisposeAsync();

        await using Checkpoint? kept = await cache.NewRuntime().OpenCheckpointAsync("kept", Cancelled);
        Assert.NotNull(kept);
        await using Container container = await kept.ForkAsync(
            new ForkOptions { Ports = new Dictionary<int, int> { [7] = chosen }, HostPorts = [new HostPortBinding("shop", 80, now.Port)] },
            Cancelled);
        Assert.Equal(chosen, container.GetPort(7));
        Assert.Equal("now", await AskAsync(container, "shop", 80));
    }

    // Returns an empty text where no server answers.
    private static async Task<string> AskAsync(Container container, string name, int port)
    {
        ExecResult result = await container.ExecAsync(
            ["sh", "-c", $"busybox timeout 10 busybox nc -w 3 {name} {port} </dev/null 2>/dev/null || true"], cancellationToken: Cancelled);
        return result.Stdout.TrimEnd('\n');
    }

    /// <summary>A server on the host that sends one line to each client, and ends the connection.</summary>
    private sealed class LineServer : IDisposable
    {
        private readonly TcpListener _listener;
        private readonly byte[] _line;

        public LineServer(string line, int port = 0)
        {
            _line = Encoding.ASCII.GetBytes(line + "\n");
            _listener = new TcpListener(IPAddress.Loopback, port);
            _listener.Start();
            _ = AnswerAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();

        private async Task AnswerAsync()
        {
            try
            {
                while (true)
                {
                    using Socket client = await _listener.AcceptSocketAsync();
                    await client.SendAsync(_line);
                    client.Shutdown(SocketShutdown.Send);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
            }
        }
    }
}
