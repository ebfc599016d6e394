
namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>The facts that a start records, and the settings that the container's own process gets.</summary>
public sealed class StartTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_timeline_has_every_phase_in_order_and_progress_told_of_each_twice()
    {
        List<StartupPhase> told = [];
        await using Container container = await TestRuntime.Idle.WithStartupProgress(told.Add).StartTestAsync();
        string[] machine = told.Exists(phase => phase.Name == StartupPhases.Boot)
            ? [StartupPhases.Boot]
            : [StartupPhases.Spawn, StartupPhases.Load];
        string[] expected =
        [
            StartupPhases.Image, StartupPhases.Disk, .. machine, StartupPhases.Agent, StartupPhases.Process, StartupPhases.Ready,
        ];
        Assert.Equal(expected, container.Timeline.Phases.Select(phase => phase.Name));
        Assert.All(container.Timeline.Phases, phase => Assert.NotNull(phase.Duration));
        Assert.Equal(expected, told.Where(phase => phase.Duration is null).Select(phase => phase.Name));
        Assert.Equal(expected, told.Where(phase => phase.Duration is not null).Select(phase => phase.Name));
    }

    [Fact]
    public async Task Kernel_arguments_are_on_the_kernels_command_line()
    {
        await using Container container = await TestRuntime.Idle.WithKernelArguments("islet.answer=42").StartTestAsync();
        ExecResult result = await container.ExecAsync(["cat", "/proc/cmdline"], cancellationToken: Cancelled);
        Assert.Contains("islet.answer=42", result.Stdout.TrimEnd('\n').Split(' '));
    }

    [Fact]
    public async Task The_processs_own_standard_input_can_be_written_and_closed()
    {
        await using Container container = await TestRuntime.Idle.WithOpenStdin().WithCommand("cat").StartTestAsync();
        await using (GuestStream stdin = await container.OpenStdinAsync(Cancelled))
        {
            await stdin.WriteAsync("first\n"u8.ToArray(), Cancelled);
            await stdin.CompleteWritesAsync(Cancelled);
        }

        Assert.Equal(0, (await container.Exited.WaitAsync(Cancelled)).ExitCode);
        Assert.Equal("first\n", container.ReadOutput(OutputStreams.Stdout));
    }

    [Fact]
    public async Task Without_open_stdin_the_process_reads_nothing_and_asking_for_it_says_so()
    {
        await using Container container = await TestRuntime.Idle.WithCommand("sh", "-c", "cat; echo end; sleep infinity")
            .WaitUntil(Wait.ForLogLine("^end$")).StartTestAsync();
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => container.OpenStdinAsync(Cancelled));
        Assert.Contains("WithOpenStdin", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_processs_own_terminal_is_one()
    {
        await using Container container = await TestRuntime.Idle
            .WithTerminal(100, 30).WithCommand("sh", "-c", "test -t 1 && stty size; echo err >&2").StartTestAsync();
        await container.Exited.WaitAsync(Cancelled);
        Assert.Equal(["30 100", "err"], container.ReadOutput(OutputStreams.Stdout)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r')));
    }

    [Fact]
    public async Task A_signal_reaches_the_containers_process()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "trap 'echo got it; exit 3' HUP; echo up; while :; do sleep 0.05; done")
            .WaitUntil(Wait.ForLogLine("up")).StartTestAsync();
        await container.SendSignalAsync(ContainerSignal.Parse("HUP"), Cancelled);
        Assert.Equal(3, (await container.Exited.WaitAsync(Cancelled)).ExitCode);
        Assert.Contains("got it", container.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_privileged_command_may_what_the_container_may_not()
    {
        await using Container container = await TestRuntime.Idle.WithSeccomp(SeccompProfile.Default).StartTestAsync();
        string[] mount = ["busybox", "mount", "-t", "tmpfs", "none", "/tmp"];
        Assert.NotEqual(0, (await container.ExecAsync(mount, cancellationToken: Cancelled)).ExitCode);
        ExecResult privileged = await container.ExecAsync(mount, new ExecOptions { Privileged = true }, Cancelled);
        Assert.True(privileged.ExitCode == 0, privileged.Stderr);
    }

    [Fact]
    public async Task A_privileged_container_has_every_capability_and_writes_proc_sys()
    {
        await using Container container = await TestRuntime.Idle.WithPrivileged().StartTestAsync();
        ExecResult result = await container.ExecAsync(
            ["sh", "-c", "echo 1 > /proc/sys/vm/overcommit_memory && busybox mount -t tmpfs none /tmp && cat "
                + "/proc/sys/vm/overcommit_memory"], cancellationToken: Cancelled);
        Assert.Equal("1\n", result.Stdout);
    }

    [Fact]
    public async Task The_environment_is_the_images_with_the_builders_over_it()
    {
        await using Container container = await TestRuntime.Idle
            .WithEnvironment("COLOUR", "green").WithEnvironment("PATH", "/bin:/usr/bin").StartTestAsync();
        ExecResult result = await container.ExecAsync(
            ["sh", "-c", "echo $COLOUR $PATH; tr '\\0' '\\n' < /proc/1/environ | grep COLOUR"], cancellationToken: Cancelled);
        Assert.Equal("green /bin:/usr/bin\nCOLOUR=green\n", result.Stdout);
    }

    [Fact]
    public async Task Waits_combine()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", $"echo one; touch /tmp/two; {EchoServer.Command(8080)}")
            .WaitUntil(Wait.ForAll(
                Wait.ForLogLine("one"),
                Wait.ForPort(8080),
                Wait.ForAny(Wait.ForLogLine("never"), Wait.ForCommand("test", "-e", "/tmp/two")),
                Wait.Until(
                    "two commands",
                    async (target, cancellation) => (await target.RunAsync(["test", "-e", "/tmp/two"], cancellation)).ExitCode == 0)))
            .StartTestAsync();
        Assert.Equal(ContainerState.Running, container.State);
    }

    [Fact]
    public async Task A_kernel_that_finds_no_agent_fails_the_start_with_the_console_and_how_far_it_came()
    {
        ContainerStartException exception = await StartFailures.ExpectAsync(
            ContainerStartReason.Machine, () => TestRuntime.Idle.WithKernelArguments("rdinit=/nothing-is-here").StartTestAsync());
        Assert.Contains("panicked", exception.Message, StringComparison.Ordinal);
        Assert.Contains(exception.Evidence.ConsoleTail, line => line.Contains("Kernel panic", StringComparison.Ordinal));
        Assert.Equal(
            [StartupPhases.Image, StartupPhases.Disk, StartupPhases.Boot], exception.Evidence.Timeline!.Phases.Select(phase => phase.Name));
        Assert.Null(exception.Evidence.Timeline.Phases[^1].Duration);
        Assert.Contains("boot (not finished)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_fails_the_start_when_its_time_is_over()
    {
        TestRuntime.RequireMachines();

        // This is shorter than the time after which a machine stopped by a signal is ended, which is at least 3 s.
        await using FrozenStart frozen = FrozenStart.Begin(TimeSpan.FromSeconds(2));
        ContainerStartException exception = await Assert.ThrowsAsync<ContainerStartException>(() => frozen.Start);
        Assert.Equal(ContainerStartReason.Timeout, exception.Reason);
        Assert.Contains("did not start within 2 s", exception.Message, StringComparison.Ordinal);
        Assert.Contains("WithStartTimeout", exception.Message, StringComparison.Ordinal);
        Assert.Equal(TestImages.Debian, exception.Evidence.Image);
    }
}
