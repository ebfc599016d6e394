using Islet.Protocol.Agent;

namespace Islet.VirtualMachine.Tests.Faults;

/// <summary>Cancelling any call, at any time, leaves no process in the container, and no thread or descriptor in the agent.</summary>
public sealed class CancellationMatrixTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_cancelled_at_any_moment_leaves_nothing_in_the_guest()
    {
        int rounds = SlowLane.IsOn ? 40 : 4;
        await using Container container = await Operations.StartAsync();
        await container.ExecAsync(["true"], cancellationToken: Cancelled);
        (int processes, GetInfoResponse before) = await LookAsync(container);
        var random = new Random(20);
        foreach ((string name, Func<Container, CancellationToken, Task> operation) in Operations.All)
        {
            // Each of these creates another machine, which has another agent.
            if (name is "checkpoint" or "fork")
                continue;
            for (int round = 0; round < rounds; round++)
            {
                using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
                cancel.CancelAfter(random.Next(round % 2 == 0 ? 10 : 200));
                Exception? error = await Record.ExceptionAsync(() => operation(container, cancel.Token));
                Assert.True(error is null or OperationCanceledException, $"{name}: {error}");
            }

            await ExpectAsync(container, processes, before, name);
        }
    }

    [Fact]
    public async Task A_cancelled_checkpoint_or_fork_leaves_the_container_running()
    {
        await using Container container = await Operations.StartAsync();
        var random = new Random(21);
        foreach (string name in (string[])["checkpoint", "fork"])
        {
            for (int round = 0; round < 4; round++)
            {
                using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
                cancel.CancelAfter(random.Next(1000));
                Exception? error = await Record.ExceptionAsync(() => Operations.All[name](container, cancel.Token));
                Assert.True(error is null or OperationCanceledException, $"{name}: {error}");
                Assert.Equal(ContainerState.Running, container.State);
                Assert.Equal("alive\n", (await container.ExecAsync(["echo", "alive"], cancellationToken: Cancelled)).Stdout);
            }
        }
    }

    [Fact]
    public async Task A_command_that_is_cancelled_before_the_guest_has_told_of_its_start_is_killed()
    {
        await using Container container = await Operations.StartAsync();
        for (int i = 0; i < 20; i++)
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            Task running = container.ExecAsync(["sleep", "12345"], cancellationToken: cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }

        (int processes, _) = await LookAsync(container);
        Assert.Equal(1, processes);
    }

    private static async Task ExpectAsync(Container container, int processes, GetInfoResponse before, string name)
    {
        // A thread that reads or writes for a copy soon notices that its host has gone.
        for (int i = 0; ; i++)
        {
            (int now, GetInfoResponse info) = await LookAsync(container);
            if (now == processes && info.Threads <= before.Threads && info.Descriptors <= before.Descriptors)
                return;
            Assert.True(
                i < 100, $"{name} left {now} processes ({processes}), {info.Threads} threads ({before.Threads}), "
                    + $"{info.Descriptors} descriptors ({before.Descriptors}).");
            await Task.Delay(100, Cancelled);
        }
    }

    private static async Task<(int Processes, GetInfoResponse Agent)> LookAsync(Container container)
    {
        // The shell that counts does not count itself.
        ExecResult result = await container.ExecAsync(
            ["sh", "-c", "n=0; for p in /proc/[0-9]*; do [ $p = /proc/$$ ] || n=$((n+1)); done; echo $n"], cancellationToken: Cancelled);
        return (int.Parse(result.Stdout, null), await container.Core.Agent.GetInfoAsync(Cancelled));
    }
}
