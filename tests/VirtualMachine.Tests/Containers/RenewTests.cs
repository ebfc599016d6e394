using System.Globalization;
using System.Net.Sockets;
using Google.Protobuf;
using Islet.Protocol.Agent;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>The settings that make a restored machine differ from others restored from the same state.</summary>
public sealed class RenewTests
{
    private const string NewMachineId = "00112233445566778899aabbccddeeff";
    private const string NewMac = "02:aa:bb:cc:dd:ee";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_running_container_becomes_another(bool readOnlyRoot)
    {
        ContainerBuilder builder = TestRuntime.Idle.WithHostname("before").WithPort(8080).WithExtraHost("beside", "10.9.8.7")
            .WithCommand("busybox", "nc", "-ll", "-p", "8080", "-e", "hostname");
        await using Container container = await (readOnlyRoot ? builder.WithReadOnlyRoot() : builder).StartTestAsync();
        string routes = await RunAsync(container, "cat /proc/net/route");

        await container.Core.Agent.RenewAsync(Everything("after"), Cancelled);

        Assert.Equal("after\n", await RunAsync(container, "hostname"));
        Assert.Equal("after\n", await RunAsync(container, "cat /etc/hostname"));
        Assert.Equal("after\n", await RunAsync(container, "echo $HOSTNAME"));
        Assert.Equal(NewMachineId + "\n", await RunAsync(container, "cat /etc/machine-id"));
        Assert.Equal(NewMac + "\n", await RunAsync(container, "cat /sys/class/net/eth0/address"));
        string hosts = await RunAsync(container, "cat /etc/hosts");
        Assert.Contains("10.0.2.15\tafter\n", hosts, StringComparison.Ordinal);
        Assert.Contains("10.9.8.7\tbeside\n", hosts, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1\tlocalhost\n", hosts, StringComparison.Ordinal);
        Assert.DoesNotContain("before", hosts, StringComparison.Ordinal);
        Assert.Equal(routes, await RunAsync(container, "cat /proc/net/route"));

        // The process that was running before the change answers through the published port, and sees the new name.
        Assert.Equal("after", await AskAsync(container));
    }

    [Fact]
    public async Task The_clock_is_set()
    {
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        var past = new DateTimeOffset(2020, 2, 3, 4, 5, 6, TimeSpan.Zero);
        await container.Core.Agent.RenewAsync(
            new RenewRequest { ClockUnixNanoseconds = past.ToUnixTimeSeconds() * 1_000_000_000 }, Cancelled);

        string seen = await RunAsync(container, "date -u +%Y-%m-%d");
        Assert.Equal("2020-02-03\n", seen);
    }

    [Fact]
    public async Task What_the_request_leaves_empty_stays()
    {
        await using Container container = await TestRuntime.Idle.WithHostname("same").StartTestAsync();
        const string Everything = "hostname; cat /etc/hostname /etc/hosts /etc/machine-id /sys/class/net/eth0/address";
        string before = await RunAsync(container, Everything);
        await container.Core.Agent.RenewAsync(new RenewRequest { Entropy = Entropy() }, Cancelled);

        Assert.Equal(before, await RunAsync(container, Everything));
        string date = await RunAsync(container, "date +%s");
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(date, CultureInfo.InvariantCulture), -2, 30);
    }

    [Fact]
    public async Task A_container_whose_process_has_ended_becomes_another_on_its_disk()
    {
        await using Container container = await TestRuntime.Idle.WithHostname("before").WithCommand("true").StartTestAsync();
        await container.Exited.WaitAsync(Cancelled);
        await container.Core.Agent.RenewAsync(Everything("after"), Cancelled);

        Assert.Equal("after\n"u8.ToArray(), await container.ReadFileAsync("/etc/hostname", Cancelled));
        Assert.Equal(
            NewMachineId + "\n", System.Text.Encoding.ASCII.GetString(await container.ReadFileAsync("/etc/machine-id", Cancelled)));
    }

    [Fact]
    public async Task A_hostname_that_the_kernel_refuses_changes_nothing()
    {
        await using Container container = await TestRuntime.Idle.WithHostname("before").StartTestAsync();
        await Assert.ThrowsAsync<AgentException>(
            () => container.Core.Agent.RenewAsync(new RenewRequest { Hostname = new string('x', 65) }, Cancelled));

        Assert.Equal("before\nbefore\n", await RunAsync(container, "hostname; cat /etc/hostname"));
    }

    private static RenewRequest Everything(string hostname) => new()
    {
        Entropy = Entropy(),
        ClockUnixNanoseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000,
        MachineId = NewMachineId,
        Hostname = hostname,
        Mac = NewMac,
    };

    private static ByteString Entropy() => ByteString.CopyFrom(System.Security.Cryptography.RandomNumberGenerator.GetBytes(64));

    private static async Task<string> RunAsync(Container container, string script) =>
        (await container.ExecAsync(["sh", "-c", script], cancellationToken: Cancelled)).Stdout;

    private static async Task<string?> AskAsync(Container container)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(container.Host, container.GetPort(8080), Cancelled);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync(Cancelled);
    }
}
