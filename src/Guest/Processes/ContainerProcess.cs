using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>
/// A process of the container from its launch to its exit:
/// launching → prepared (waits for <see cref="Start"/>) → running → exited, or failed on the way to running.
/// </summary>
internal sealed class ContainerProcess : IReadinessHandler
{
    // After the exit, a child that is still running may hold the output open. The output then counts as ended once nothing has come for
    // this long.
    private const int OutputGraceMilliseconds = 100;

    private readonly EventLoop _loop;
    private readonly LaunchPlan _plan;
    private readonly Descriptor _report;
    private readonly Descriptor? _start;
    private readonly List<GrpcCall> _waiters = [];
    private Action<GrpcException?>? _launched;
    private GrpcException? _failure;
    private bool _outputSettled;
    private bool _exitTold;

    private ContainerProcess(
        EventLoop loop, string id, LaunchPlan plan, Descriptor report, Descriptor? start, int pid, Descriptor pidDescriptor)
    {
        _loop = loop;
        _plan = plan;
        _report = report;
        _start = start;
        Id = id;
        Pid = pid;
        PidDescriptor = pidDescriptor;
    }

    public string Id { get; }

    public int Pid { get; }

    /// <summary>Whether the host killed the process.</summary>
    public bool WasKilledByHost { get; private set; }

    /// <summary>The pidfd, readable once the process has ended and closed once it was reaped.</summary>
    public Descriptor PidDescriptor { get; }

    public bool IsPrepared { get; private set; }

    public bool IsRunning { get; private set; }

    public InputChannel? Input { get; private set; }

    public OutputChannel? Output { get; private set; }

    public OutputChannel? ErrorOutput { get; private set; }

    /// <summary>The terminal's master, needed to set its size.</summary>
    public Descriptor? Terminal { get; private set; }

    /// <summary>The exit of the process; null until it has ended.</summary>
    public ProcessExit? Exit { get; private set; }

    /// <summary>Whether the host has said that it will not ask for the process again.</summary>
    public bool IsUnwanted { get; set; }

    /// <summary>The container's count of kills for lack of memory at the time the process was created.</summary>
    public ulong OutOfMemoryKillsBefore { get; init; }

    /// <summary>Whether the process failed before it ran its program.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>The timer that forgets the ended process, unless it was forgotten before.</summary>
    public LoopTimer? Expiry { get; set; }

    /// <summary>Whether the host has nothing left to ask for: it knows the exit, and all output has ended.</summary>
    public bool IsFinished => _exitTold && Output is null or { IsEnded: true } && ErrorOutput is null or { IsEnded: true };

    /// <summary>Called whenever <see cref="IsFinished"/> may have become true after the host was told of the exit.</summary>
    public Action<ContainerProcess>? Settled { get; set; }

    /// <summary>
    /// Forks; <paramref name="launched"/> is called when the process is prepared, or running if it need not wait, or with the error.
    /// </summary>
    public static ContainerProcess Launch(
        EventLoop loop, ProcessSpec spec, LaunchPlan plan, Descriptor cgroup, Descriptor pidNamespace, ulong outOfMemoryKills,
        Action<GrpcException?> launched)
    {
        (Descriptor report, Descriptor childReport) = Sockets.MessagePair();
        using var child = new ChildEnds(childReport, plan.WaitsForStart);
        (Descriptor? input, Descriptor? output, Descriptor? error) = child.OpenStandard(spec.Stdin, spec.Terminal);
        int pid;
        Descriptor pidDescriptor;
        try
        {
            (pid, pidDescriptor) = Launcher.Launch(plan, child.Describe(cgroup, pidNamespace));
        }
        catch (LinuxException)
        {
            // Too many processes, or no memory for another one.
            report.Dispose();
            input?.Dispose();
            output?.Dispose();
            error?.Dispose();
            throw;
        }

        var process = new ContainerProcess(loop, spec.Id, plan, report, child.TakeStarter(), pid, pidDescriptor)
        {
            _launched = launched,
            OutOfMemoryKillsBefore = outOfMemoryKills,
            Input = input is null ? null : new InputChannel(loop, input),
        };
        process.AddOutputs(output, error);
        loop.Add(report, Epoll.Readable | Epoll.PeerClosed, process);
        return process;
    }

    /// <summary>Lets a prepared process execute its program.</summary>
    public void Start(Action<GrpcException?> started)
    {
        if (!IsPrepared || IsRunning || Exit is not null || _start is null || _start.IsClosed || _launched is not null)
            throw new GrpcException(StatusCode.FailedPrecondition, $"process \"{Id}\" has been started already");
        _launched = started;
        _ = _start.Write([1]);
        _start.Dispose();
    }

    /// <summary>Reads the launcher's report.</summary>
    public void OnReady(uint events)
    {
        while (!_report.IsClosed)
        {
            bool received = Launcher.TryReceive(_report, out LaunchReport report, out Descriptor? terminal, out bool ended);
            if (received && report.Stage == LaunchStage.Prepared)
            {
                AddTerminal(terminal);
                IsPrepared = true;
                if (_plan.WaitsForStart)
                    CompleteLaunch(null);
            }
            else if (received)
            {
                _failure = LaunchFailure.Describe(report, _plan);
            }
            else if (ended)
            {
                // The start of the program closed the pipe, or the end of a failed child did.
                _loop.RemoveAndClose(_report);
                IsRunning = _failure is null;
                CompleteLaunch(_failure);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Sends a signal. A process that has just ended counts as signalled.</summary>
    public void Signal(int number)
    {
        if (Exit is not null)
            throw new GrpcException(StatusCode.FailedPrecondition, $"process \"{Id}\" has ended");
        WasKilledByHost |= number == Children.SIGKILL;
        int result = Children.Signal(PidDescriptor, number);
        if (result < 0 && result != -Errno.ESRCH)
            throw new LinuxException(-result, $"signal process \"{Id}\"");
    }

    /// <summary>Answers the call once the process has ended and the host has its output.</summary>
    public void AddWaiter(GrpcCall call)
    {
        _waiters.Add(call);
        call.Cancelled = () => _waiters.Remove(call);
        if (_outputSettled)
            Tell();
    }

    public void Ended(ProcessExit exit)
    {
        OnReady(0);
        Exit = exit;
        IsRunning = false;
        _start?.Dispose();
        Input?.Close();
        Output?.Pump();
        ErrorOutput?.Pump();
        if (HoldsUpExit(Output) || HoldsUpExit(ErrorOutput))
            _loop.StartTimer(OutputGraceMilliseconds, SettleOutput);
        else
            SettleOutput();
    }

    /// <summary>Detaches the output from the host until the host attaches again. An exit has then no output to wait for.</summary>
    public void DetachOutput()
    {
        Output?.Detach();
        ErrorOutput?.Detach();
        OutputEnded();
    }

    /// <summary>Drops the remaining output; the host has had time to read it.</summary>
    public void Close()
    {
        Expiry?.Cancel();
        _loop.RemoveAndClose(_report);
        _start?.Dispose();
        Input?.Close();
        Output?.Close();
        ErrorOutput?.Close();
        Terminal?.Dispose();
    }

    private static bool HoldsUpExit(OutputChannel? channel) => channel is { IsAttached: true, IsEnded: false };

    private void SettleOutput()
    {
        if (_outputSettled)
            return;
        _outputSettled = true;
        Output?.EndWhenDrained();
        ErrorOutput?.EndWhenDrained();
        if (_waiters.Count > 0)
            Tell();
    }

    private void Tell()
    {
        foreach (GrpcCall call in _waiters)
        {
            _exitTold |= !call.IsEnded;
            call.Reply(Exit!);
        }

        _waiters.Clear();
        Settled?.Invoke(this);
    }

    private void OutputEnded()
    {
        if (Exit is null)
            return;
        if (_outputSettled)
            Settled?.Invoke(this);
        else if (!HoldsUpExit(Output) && !HoldsUpExit(ErrorOutput))
            SettleOutput();
    }

    private void CompleteLaunch(GrpcException? failure)
    {
        Action<GrpcException?>? launched = _launched;
        _launched = null;
        launched?.Invoke(failure);
    }

    private void AddOutputs(Descriptor? output, Descriptor? error)
    {
        if (output is not null)
            Output = new OutputChannel(_loop, output) { Ended = OutputEnded };
        if (error is not null)
            ErrorOutput = new OutputChannel(_loop, error) { Ended = OutputEnded };
    }

    private void AddTerminal(Descriptor? master)
    {
        if (master is null)
            return;
        Terminal = master;
        Input = new InputChannel(_loop, master.Duplicate());
        AddOutputs(master.Duplicate(), null);
    }
}
