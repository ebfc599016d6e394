namespace Islet.VirtualMachine.Tests.Containers;

public sealed class RestartTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_that_was_stopped_starts_again_as_itself()
    {
        const string Lives = """
            n=$(cat /life 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /life
            trap "exit $n" TERM
            echo life $n
            while :; do sleep 0.05; done
            """;
        await using Container container = await TestRuntime.Idle.WithName("lives").WithCommand("sh", "-c", Lives).WithPort(8080)
            .WaitUntil(Wait.ForLogLine("life")).StartTestAsync();
        int port = container.GetPort();
        int machine = container.Machine.ProcessId;
        string hostname = await RunAsync(container, "hostname");
        await RunAsync(container, "echo kept > /data; echo lost > /dev/shm/data; sleep 1000 > /dev/null 2>&1 &");
        await Assert.ThrowsAsync<InvalidContainerStateException>(() => container.StartAsync(Cancelled));

        await container.StopAsync(cancellationToken: Cancelled);
        Task<ProcessExit> firstLife = container.Exited;
        Assert.Equal(1, container.ExitCode);

        await container.StartAsync(Cancelled);
        Assert.Equal(ContainerState.Running, container.State);
        Assert.Null(container.ExitCode);
        Assert.NotSame(firstLife, container.Exited);

        // The wait was for the line of the new process, not for that of its predecessor.
        Assert.Equal("life 1\nlife 2\n", container.ReadOutput(OutputStreams.Stdout));
        Assert.Equal((port, machine), (container.GetPort(), container.Machine.ProcessId));
        Assert.Equal(hostname, await RunAsync(container, "hostname"));
        Assert.Equal("kept\n", await RunAsync(container, "cat /data; cat /dev/shm/data 2> /dev/null"));
        Assert.Equal("0\n", await RunAsync(container, "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 1[0]00'"));

        await container.RestartAsync(cancellationToken: Cancelled);
        Assert.Equal("life 1\nlife 2\nlife 3\n", container.ReadOutput(OutputStreams.Stdout));
        await container.StopAsync(cancellationToken: Cancelled);
        Assert.Equal(3, container.ExitCode);
        Assert.Equal(1, (await firstLife).ExitCode);
    }

    [Fact]
    public async Task A_container_that_can_not_start_again_stays_stopped_and_says_why()
    {
        await using Container container = await TestRuntime.Idle.WithName("mortal").StartTestAsync();
        await RunAsync(container, "mv $(command -v sleep) /moved");
        ProcessStartException refused = await Assert.ThrowsAsync<ProcessStartException>(
            () => container.RestartAsync(TimeSpan.Zero, cancellationToken: Cancelled));
        Assert.Contains("exec: \"sleep\"", refused.Message, StringComparison.Ordinal);
        Assert.Equal((ContainerState.Stopped, 137), (container.State, container.ExitCode));
        Assert.NotEmpty(await container.ReadFileAsync("/moved", Cancelled));

        using (var machine = System.Diagnostics.Process.GetProcessById(container.Machine.ProcessId))
        {
            machine.Kill();
            await machine.WaitForExitAsync(Cancelled);
        }

        await container.Core.Machine.Exited.WaitAsync(Cancelled);
        await Assert.ThrowsAsync<ContainerEndedException>(() => container.StartAsync(Cancelled));
    }

    private static async Task<string> RunAsync(Container container, string script) =>
        (await container.ExecAsync(["sh", "-c", script], cancellationToken: Cancelled)).Stdout;
}
