using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>The machine's one container: its files, its cgroup and its processes.</summary>
internal sealed partial class Container
{
    /// <summary>The path at which the agent mounts the container's disk.</summary>
    public const string RootMountpoint = "/container";

    private const string FirstProcess = "init";

    // The time for which an ended process waits for the host to ask for its output or its exit code.
    private const int KeptMilliseconds = 60_000;

    private readonly EventLoop _loop;
    private readonly ControlGroup _cgroup;
    private readonly ProcessPauser _pauser;
    private readonly Descriptor _pidNamespace = Descriptor.Open("/proc/self/ns/pid", OpenFlags.ReadOnly);
    private readonly Dictionary<string, ContainerProcess> _processes = [];
    private readonly Dictionary<int, ContainerProcess> _children = [];
    private BootstrapRequest? _bootstrap;
    private ContainerIdentity? _identity;
    private RootDirectory? _root;
    private IReadOnlyList<string> _environment = [];

    public Container(EventLoop loop, ControlGroup cgroup)
    {
        _loop = loop;
        _cgroup = cgroup;
        _pauser = new ProcessPauser(loop);
    }

    public string Hostname => _identity?.Hostname is { Length: > 0 } name ? name : "localhost";

    /// <summary>The container's own address, which is that of its first link.</summary>
    public string Address => _identity?.Address ?? "127.0.0.1";

    /// <summary>The container's identity.</summary>
    /// <exception cref="GrpcException">There is no container yet.</exception>
    public ContainerIdentity Identity => _identity ?? throw NoContainer();

    /// <summary>
    /// The container's files: as its first process sees them while there is one, with everything mounted; otherwise the disk alone.
    /// </summary>
    public RootDirectory Root => _root ?? throw NoContainer();

    public bool IsBootstrapped => _bootstrap is not null;

    /// <summary>Establishes the container once its disk is mounted and the limits are set: from now on processes can be created.</summary>
    public void Establish(BootstrapRequest bootstrap, RootDirectory root, ContainerIdentity identity)
    {
        _bootstrap = bootstrap;
        _identity = identity;
        _root = root;
    }

    /// <summary>Limits the resources of all processes of the container together.</summary>
    public void Limit(Resources resources) => _cgroup.Limit(resources);

    /// <summary>
    /// Gives the container another hostname: in the kernel, which also changes it for running processes, and in its files.
    /// </summary>
    public void Rename(string hostname)
    {
        Machine.SetHostname(hostname);
        Identity.ChangeHostname(hostname);
    }

    /// <summary>
    /// Pauses every process of the container. <paramref name="done"/> is called when all of them are paused, or with the reason why not.
    /// </summary>
    public void PauseProcesses(Action<GrpcException?> done) => _pauser.Pause(done);

    /// <summary>Resumes the processes.</summary>
    public void ResumeProcesses() => _pauser.Resume();

    /// <summary>A number that changes whenever the processes are resumed.</summary>
    public int ResumeCount => _pauser.ResumeCount;

    /// <summary>Ends the host's streams of output; the host may attach new ones.</summary>
    public void DetachOutput()
    {
        // A copy, because a process is forgotten when this makes its exit known.
        ContainerProcess[] processes = [.. _processes.Values];
        foreach (ContainerProcess process in processes)
            process.DetachOutput();
    }

    /// <summary>The first process, whose namespaces the other processes join.</summary>
    public ContainerProcess? First =>
        _processes.TryGetValue(FirstProcess, out ContainerProcess? first) && first is { Exit: null, IsPrepared: true } ? first : null;

    /// <summary>Opens the mount namespace of the first process; null while there is no such process.</summary>
    /// <exception cref="GrpcException">There is no container at all yet.</exception>
    public Descriptor? OpenMountNamespace()
    {
        _ = Root;
        return First is { } first ? Descriptor.TryOpen($"/proc/{first.Pid}/ns/mnt", OpenFlags.ReadOnly) : null;
    }

    public ContainerProcess Find(string id) =>
        _processes.TryGetValue(id, out ContainerProcess? process)
            ? process
            : throw new GrpcException(StatusCode.NotFound, $"there is no process \"{id}\"");

    /// <summary>
    /// Creates a process. <paramref name="done"/> is called when it is prepared, or running with <paramref name="start"/>.
    /// </summary>
    public void Create(ProcessSpec spec, bool start, Action<ContainerProcess, GrpcException?> done)
    {
        if (_bootstrap is null)
            throw NoContainer();
        if (IsBeingAbandoned)
            throw NoContainer();
        RequireNotPaused();
        if (spec.Id.Length == 0)
            throw new GrpcException(StatusCode.InvalidArgument, "the process has no id");
        if (_processes.TryGetValue(spec.Id, out ContainerProcess? former))
            Replace(former);

        bool isFirst = spec.Id == FirstProcess;
        if (!isFirst && First is null)
            throw NotRunning();

        LaunchPlan plan = ProcessPlan.Make(
            spec, Root, new ProcessEnvironment(Hostname, _environment),
            isFirst ? PlanContainer(_bootstrap) : null, isFirst ? null : First!.PidDescriptor, waits: !start);
        _cgroup.Refresh();
        ContainerProcess? process = null;
        process = ContainerProcess.Launch(_loop, spec, plan, _cgroup.Directory, _pidNamespace, _cgroup.OutOfMemoryKills, failure =>
        {
            if (failure is not null)
                Forget(process!);
            else if (isFirst)
                EnterRootOf(process!);
            done(process!, failure);
        });
        process.Settled = ForgetWhenFinished;
        if (isFirst)
            _environment = spec.Environment;
        _processes.Add(spec.Id, process);
        _children.Add(process.Pid, process);
        _loop.Add(process.PidDescriptor, Epoll.Readable, new ExitWatcher(this));
    }

    /// <summary>Returns the error for calls that need the first process when there is none.</summary>
    private static GrpcException NotRunning() =>
        new(StatusCode.FailedPrecondition, "the container is not running: its first process has ended or was never created");

    /// <summary>Sends a signal to a process, and records whether the host wants to know of its end.</summary>
    public void Signal(string id, int number, bool forget)
    {
        ContainerProcess process = Find(id);
        if (forget && process.Id != FirstProcess)
        {
            process.IsUnwanted = true;
            if (process.Exit is not null)
            {
                Forget(process);
                return;
            }
        }

        process.Signal(number);
    }

    /// <summary>Starts a prepared process.</summary>
    public void Start(string id, Action<GrpcException?> done)
    {
        RequireNotPaused();
        ContainerProcess process = Find(id);
        process.Start(failure =>
        {
            if (failure is not null)
                Forget(process);
            done(failure);
        });
    }

    /// <summary>Takes the status of every child that has ended. PID 1 gets orphans too; the host does not ask for those.</summary>
    private void Reap()
    {
        while (Children.TryReap() is { } exit)
        {
            if (_children.Remove(exit.Pid, out ContainerProcess? process))
                End(process, exit);
        }

        if (IsBeingAbandoned)
            ForgetWhenEmpty();
    }

    private void End(ContainerProcess process, ChildExit exit)
    {
        _loop.RemoveAndClose(process.PidDescriptor);
        bool outOfMemory = false;
        if (exit.ExitCode != 0 && !process.WasKilledByHost)
        {
            _cgroup.Refresh();
            outOfMemory = _cgroup.OutOfMemoryKills > process.OutOfMemoryKillsBefore;
        }

        var told = new ProcessExit
        {
            Id = process.Id,
            ExitCode = exit.ExitCode,
            Signal = (uint)exit.Signal,
            OutOfMemory = outOfMemory,
            ExitedAtUnixNanoseconds = Machine.ReadClock(Machine.ClockRealtime),
        };
        process.Ended(told);

        // A launch that failed was answered with its error; every other client sees no such process.
        if (process.HasFailed || IsBeingAbandoned)
            return;
        if (process.IsUnwanted)
            Forget(process);
        else if (process.Id != FirstProcess && IsKnown(process))
            process.Expiry = _loop.StartTimer(KeptMilliseconds, () => Forget(process));
    }

    private void ForgetWhenFinished(ContainerProcess process)
    {
        // The container stands for its first process, whose exit stays known.
        if (process.Id != FirstProcess && process.IsFinished)
            Forget(process);
    }

    private void Replace(ContainerProcess former)
    {
        if (former.Exit is null)
            throw new GrpcException(StatusCode.AlreadyExists, $"there is a process \"{former.Id}\" already");
        Forget(former);
    }

    // The process would be created and be paused at once, and the answer to the call would never come.
    private void RequireNotPaused()
    {
        if (_pauser.IsPaused)
            throw new GrpcException(StatusCode.FailedPrecondition, "the container is paused: Renew comes first");
    }

    private static GrpcException NoContainer() =>
        new(StatusCode.FailedPrecondition, "the machine has no container yet: Bootstrap comes first");

    private void Forget(ContainerProcess process)
    {
        process.Close();
        if (IsKnown(process))
            _processes.Remove(process.Id);
    }

    private bool IsKnown(ContainerProcess process) =>
        _processes.TryGetValue(process.Id, out ContainerProcess? known) && ReferenceEquals(known, process);

    private ContainerSteps PlanContainer(BootstrapRequest bootstrap)
    {
        // A read-only root becomes read-only only at the start: until then files may be copied in.
        List<LaunchStep> atStart = bootstrap.Root?.ReadOnly == true ? [new LaunchStep(LaunchOperation.ReadOnly, "/")] : [];
        return new ContainerSteps(RootMountpoint, StandardMounts.Plan(bootstrap), atStart);
    }

    /// <summary>
    /// Resolves paths as the first process sees them, from now on. If it has ended already, they are resolved on the bare disk.
    /// </summary>
    private void EnterRootOf(ContainerProcess process)
    {
        if (RootDirectory.TryOpen($"/proc/{process.Pid}/root") is not { } root)
            return;
        _root?.Dispose();
        _root = root;
    }

    private sealed class ExitWatcher(Container container) : IReadinessHandler
    {
        public void OnReady(uint events) => container.Reap();
    }
}
