using System.Diagnostics;

namespace Islet.VirtualMachine.Tests.Faults;

/// <summary>Every call to a machine that is killed, hangs or has lost its agent ends, with a typed error and the evidence.</summary>
public sealed class FaultMatrixTests
{
    // A call should end within 5 s of the fault, and each test prints its slowest calls. The limit is far above that: a busy host is no
    // fault of a call.
    private static readonly TimeSpan s_never = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public enum Fault
    {
        Killed,
        Hung,
        AgentGone,
    }

    [Theory]
    [CombinatorialFaults]
    public async Task Every_call_ends_with_a_typed_error_that_has_the_evidence(Fault fault, bool isUnderWay)
    {
        await using Container container = await Operations.StartAsync();
        int machine = container.Machine.ProcessId;
        var calls = new Dictionary<string, Task>();
        Stopwatch clock = new();
        if (!isUnderWay)
            await BreakAsync(container, fault, clock);
        foreach ((string name, Func<Container, CancellationToken, Task> call) in Operations.All)
        {
            // Calls that take turns, or that end by themselves, are made only after the fault.
            if (!isUnderWay || LastsUntilItIsStopped(name))
                calls.Add(name, Task.Run(() => call(container, Cancelled), Cancelled));
        }

        if (isUnderWay)
        {
            await container.ExecAsync(["true"], cancellationToken: Cancelled); // what was asked for before has begun
            await BreakAsync(container, fault, clock);
        }

        var elapsed = calls.ToDictionary(call => call.Key, call => ElapsedAtEndAsync(call.Value, clock));
        List<(string Name, TimeSpan End)> ends = [];
        foreach ((string name, Task call) in calls)
        {
            Exception? error = await Record.ExceptionAsync(() => call.WaitAsync(s_never, Cancelled));
            Assert.True(StartFailures.IsTyped(error), $"{name}: {error?.ToString() ?? "it succeeded"}");
            Assert.False(((IsletException)error!).Evidence.IsEmpty, $"{name}: {error}");
            ends.Add((name, await elapsed[name]));
        }

        foreach ((string name, TimeSpan end) in ends.OrderByDescending(end => end.End).Take(3))
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{fault}, {(isUnderWay ? "under way" : "begun later")}: {name} ended after {end.TotalMilliseconds:F0} ms.");

        if (fault != Fault.AgentGone)
        {
            await Assert.ThrowsAsync<ContainerEndedException>(() => container.Exited.WaitAsync(s_never, Cancelled));
            Assert.Equal(ContainerState.Stopped, container.State);
            Assert.False(IsAlive(machine));
        }

        await container.DisposeAsync();
        Assert.False(IsAlive(machine));
    }

    [Fact]
    public async Task A_stop_of_a_machine_that_hangs_ends_it()
    {
        await using Container container = await Operations.StartAsync();
        int machine = container.Machine.ProcessId;
        await BreakAsync(container, Fault.Hung);
        await container.StopAsync(TimeSpan.FromMilliseconds(100), cancellationToken: Cancelled).WaitAsync(s_never, Cancelled);
        Assert.Equal(ContainerState.Stopped, container.State);
        Assert.Null(container.ExitCode);
        Assert.False(IsAlive(machine));
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("checkpoint")]
    [InlineData("restart")]
    public async Task A_disposal_waits_behind_nothing_that_waits_for_a_machine_that_hangs(string operation)
    {
        Container container = await Operations.StartAsync();
        int machine = container.Machine.ProcessId;
        await BreakAsync(container, Fault.Hung);
        Task pending = operation switch
        {
            "stop" => container.StopAsync(TimeSpan.FromHours(1), cancellationToken: Cancelled),
            "restart" => container.RestartAsync(TimeSpan.FromHours(1), cancellationToken: Cancelled),
            _ => container.CheckpointAsync(Cancelled),
        };
        await container.DisposeAsync().AsTask().WaitAsync(s_never, Cancelled);
        Assert.False(IsAlive(machine));
        Exception? error = await Record.ExceptionAsync(() => pending.WaitAsync(s_never, Cancelled));
        Assert.True(error is null || StartFailures.IsTyped(error), error?.ToString());
        Assert.Equal(ContainerState.Deleted, container.State);
    }

    [Fact]
    public async Task A_cancelled_command_in_a_machine_that_hangs_returns()
    {
        await using Container container = await Operations.StartAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task running = container.ExecAsync(["sleep", "100"], cancellationToken: cancel.Token);
        await container.ExecAsync(["true"], cancellationToken: Cancelled);
        await BreakAsync(container, Fault.Hung);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(s_never, Cancelled));
    }

    [Fact]
    public async Task A_guest_that_spins_is_ended_and_a_paused_one_is_not()
    {
        SlowLane.Require();
        await using Container paused = await Operations.StartAsync();
        await paused.PauseAsync(Cancelled);
        await using Container spinning = await TestRuntime.Idle
            .WithPrivileged().WithSysctl("kernel.sched_rt_runtime_us", "-1").StartTestAsync();
        await using Container busy = await TestRuntime.Idle.StartTestAsync();
        await busy.ExecAsync(["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done"], cancellationToken: Cancelled);
        Task<ExecResult> spin = spinning.ExecAsync(["chrt", "-f", "99", "sh", "-c", "while :; do :; done"], cancellationToken: Cancelled);

        IsletException hang = await Assert.ThrowsAnyAsync<IsletException>(() => spin.WaitAsync(TimeSpan.FromMinutes(5), Cancelled));
        Assert.Contains("has not answered", hang.Message, StringComparison.Ordinal);
        Assert.Equal(ContainerState.Stopped, spinning.State);
        await paused.ResumeAsync(Cancelled);
        await paused.ExecAsync(["true"], cancellationToken: Cancelled);
        await busy.ExecAsync(["true"], cancellationToken: Cancelled);
    }

    private static bool LastsUntilItIsStopped(string name) =>
        name is "exec" or "exec with input" or "exec in a terminal" or "start a process" or "copy a tar in";

    private static async Task<TimeSpan> ElapsedAtEndAsync(Task call, Stopwatch clock)
    {
        await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return clock.Elapsed;
    }

    private static async Task BreakAsync(Container container, Fault fault, Stopwatch? sinceThen = null)
    {
        sinceThen?.Start();
        switch (fault)
        {
            case Fault.Killed:
                await SignalAsync(container.Machine.ProcessId, "KILL");
                break;
            case Fault.Hung:
                await SignalAsync(container.Machine.ProcessId, "STOP");
                break;
            default:
                await container.Core.Machine.Channel.DisposeAsync();
                break;
        }
    }

    private static bool IsAlive(int process) =>
        Directory.Exists($"/proc/{process}") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, $"{process}"]);
        await kill.WaitForExitAsync(Cancelled);
        Assert.Equal(0, kill.ExitCode);
    }

    private sealed class CombinatorialFaultsAttribute : Xunit.v3.DataAttribute
    {
        public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
            System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker) =>
            new([
                .. from fault in Enum.GetValues<Fault>()
                   from isUnderWay in (bool[])[false, true]
                   select new TheoryDataRow<Fault, bool>(fault, isUnderWay),
            ]);

        public override bool SupportsDiscoveryEnumeration() => true;
    }
}
