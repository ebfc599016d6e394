using System.Net;
using System.Net.Sockets;
using Islet.VirtualMachine.Tests.Instant;

namespace Islet.VirtualMachine.Tests.Parity;

/// <summary>A cancelled call ends with the caller's own token, and leaves the documented state.</summary>
public sealed class CancellationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_start_that_ends_while_it_waits_leaves_no_machine_no_port_and_nothing_in_the_cache(bool isCancelled)
    {
        await using var cache = new OwnCache();
        ContainerRuntime runtime = await cache.NewRuntimeWithTemplateAsync();
        int port = FreePort(), machine = 0;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task<Container> start = TestRuntime.Idle.WithPort(7000, hostPort: port).WithCheckpoints()
            .WithStartupCallback("looks and leaves", (container, _) =>
            {
                machine = container.Machine.ProcessId;
                if (!isCancelled)
                    throw new InvalidDataException("It would not do.");
                cancel.Cancel();
                return Task.Delay(Timeout.Infinite, cancel.Token);
            })
            .WaitUntil(Wait.ForCommand("true")).StartAsync(runtime, cancel.Token);

        if (isCancelled)
            Assert.Equal(cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start)).CancellationToken);
        else
            Assert.IsType<InvalidDataException>((await Assert.ThrowsAsync<ContainerStartException>(() => start)).InnerException);

        Assert.NotEqual(0, machine);
        Assert.False(Directory.Exists($"/proc/{machine}"));
        using (var again = new TcpListener(IPAddress.Loopback, port))
            again.Start();
        Assert.Empty(Directory.Exists(cache.Checkpoints) ? Directory.GetFileSystemEntries(cache.Checkpoints) : []);
    }

    [Fact]
    public async Task What_waits_for_a_running_container_can_be_cancelled_and_the_container_goes_on()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done")
            .WaitUntil(Wait.ForLogLine("up")).StartTestAsync();

        using var followed = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (LogLine _ in container.ReadLogsAsync(new LogOptions { Follow = true }, followed.Token))
                await followed.CancelAsync();
        });

        // The container does not end on SIGTERM: the stop is cancelled in its grace period.
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task stop = container.StopAsync(TimeSpan.FromMinutes(1), cancellationToken: stopped.Token);
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stop);
        Assert.Equal(ContainerState.Running, container.State);

        using var copied = new CancellationTokenSource();
        await copied.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => container.WriteFileAsync("/tmp/file", new byte[1 << 20], cancellationToken: copied.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => container.ExecAsync(["true"], cancellationToken: copied.Token));
        Assert.Equal("alive", await container.RunAsync("echo alive"));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
