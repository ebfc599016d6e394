namespace Islet.VirtualMachine.Tests.Containers;

public sealed class LifecycleTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_runs_stops_and_leaves_nothing()
    {
        Container container = await TestRuntime.Idle.StartTestAsync();
        Assert.Equal(ContainerState.Running, container.State);
        Assert.Null(container.ExitCode);
        int machine = container.Machine.ProcessId;
        Assert.True(Directory.Exists($"/proc/{machine}"));

        await container.StopAsync(TimeSpan.FromMilliseconds(100), cancellationToken: Cancelled);
        Assert.Equal(ContainerState.Stopped, container.State);
        Assert.Equal(137, container.ExitCode);

        await container.DisposeAsync();
        Assert.Equal(ContainerState.Deleted, container.State);
        Assert.False(Directory.Exists($"/proc/{machine}"));
        await container.DisposeAsync();
    }

    [Fact]
    public async Task A_process_that_ends_by_itself_stops_the_container_and_leaves_its_files_readable()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "echo result > /tmp/out; echo last words; exit 7").StartTestAsync();
        ProcessExit exit = await container.Exited.WaitAsync(Cancelled);
        Assert.Equal(7, exit.ExitCode);
        Assert.Equal(ContainerState.Stopped, container.State);
        Assert.Equal("last words\n", container.ReadOutput(OutputStreams.Stdout));
        Assert.Equal("result\n"u8.ToArray(), await container.ReadFileAsync("/tmp/out", Cancelled));
    }

    [Fact]
    public async Task StopAsync_sends_the_signal_that_was_asked_for_and_waits_for_the_process()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "trap 'echo bye; exit 5' USR1; echo up; while :; do sleep 0.05; done")
            .WithStopSignal(ContainerSignal.Parse("USR1"))
            .WaitUntil(Wait.ForLogLine("up")).StartTestAsync();
        await container.StopAsync(cancellationToken: Cancelled);
        Assert.Equal(5, container.ExitCode);
        Assert.Contains("bye", container.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_container_stands_still_and_goes_on_with_the_right_time()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "while :; do echo tick; sleep 0.05; done")
            .WaitUntil(Wait.ForLogLine("tick")).StartTestAsync();
        await container.PauseAsync(Cancelled);
        Assert.Equal(ContainerState.Paused, container.State);
        await Assert.ThrowsAsync<InvalidContainerStateException>(() => container.ExecAsync(["true"], cancellationToken: Cancelled));
        await Assert.ThrowsAsync<InvalidContainerStateException>(() => container.PauseAsync(Cancelled));

        await Task.Delay(TimeSpan.FromMilliseconds(300), Cancelled);
        int before = container.ReadOutput(OutputStreams.Stdout).Length;
        await Task.Delay(TimeSpan.FromSeconds(2), Cancelled);
        Assert.Equal(before, container.ReadOutput(OutputStreams.Stdout).Length);

        await container.ResumeAsync(Cancelled);
        Assert.Equal(ContainerState.Running, container.State);
        ExecResult clock = await container.ExecAsync(["date", "+%s"], cancellationToken: Cancelled);
        long seconds = long.Parse(clock.Stdout, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(seconds - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), -1, 1);
    }

    [Fact]
    public async Task A_machine_that_crashes_is_seen_as_a_crash()
    {
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        Task<ExecResult> running = container.ExecAsync(["sleep", "infinity"], cancellationToken: Cancelled);
        using (var machine = System.Diagnostics.Process.GetProcessById(container.Machine.ProcessId))
            machine.Kill();

        ContainerEndedException seen = await Assert.ThrowsAsync<ContainerEndedException>(() => container.Exited.WaitAsync(Cancelled));
        Assert.Contains("signal 9", seen.Message, StringComparison.OrdinalIgnoreCase);
        await Assert.ThrowsAsync<ContainerEndedException>(() => running);
        Assert.Equal(ContainerState.Stopped, container.State);
        await Assert.ThrowsAsync<ContainerEndedException>(() => container.ExecAsync(["true"], cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Hostname_labels_and_identity_are_the_containers_own()
    {
        await using Container container = await TestRuntime.Idle.WithHostname("island-7").WithLabel("team", "north").StartTestAsync();
        Assert.Equal("island-7", container.ContainerHostname);
        Assert.Equal("north", container.Labels["team"]);
        ExecResult seen = await container.ExecAsync(
            ["sh", "-c", "hostname; cat /etc/hostname; grep -c island-7 /etc/hosts"], cancellationToken: Cancelled);
        Assert.Equal("island-7\nisland-7\n1\n", seen.Stdout);
    }

    [Fact]
    public async Task Entrypoint_and_command_take_the_forms_that_docker_has()
    {
        await using Container both = await TestRuntime.Idle.WithEntrypoint("echo", "a").WithCommand("b", "c").StartTestAsync();
        await both.Exited.WaitAsync(Cancelled);
        Assert.Equal("a b c\n", both.ReadOutput(OutputStreams.Stdout));
    }

    [Fact]
    public async Task The_logs_keep_both_streams_in_order_and_can_be_followed()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "for i in 1 2 3; do echo out$i; sleep 0.1; echo err$i >&2; sleep 0.1; done").StartTestAsync();
        List<LogLine> lines = [];
        await foreach (LogLine line in container.ReadLogsAsync(new LogOptions { Follow = true }, Cancelled))
            lines.Add(line);
        Assert.Equal(["out1", "err1", "out2", "err2", "out3", "err3"], lines.Select(line => line.Text));
        Assert.Equal(OutputStreams.Stderr, lines[1].Stream);
        Assert.Equal(lines.Select(line => line.Timestamp).Order(), lines.Select(line => line.Timestamp));
        Assert.Equal("err1\nerr2\nerr3\n", container.ReadOutput(OutputStreams.Stderr));
    }

    [Fact]
    public async Task Statistics_count_what_the_container_uses()
    {
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        await container.ExecAsync(["sh", "-c", "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done"], cancellationToken: Cancelled);
        ContainerStatistics statistics = await container.GetStatisticsAsync(Cancelled);
        Assert.True(statistics.CpuTime > TimeSpan.Zero);
        Assert.True(statistics.Memory > MemorySize.FromBytes(0));
        Assert.Equal(MemorySize.FromMebibytes(128), statistics.MemoryLimit);
        Assert.True(statistics.Pids >= 1);
    }
}
