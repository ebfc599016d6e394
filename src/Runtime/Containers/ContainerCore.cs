using Islet.Agent;
using Islet.Description;
using Islet.Diagnostics;
using Islet.Engine;
using Islet.Networking.Tools;
using Islet.Snapshots;
using Islet.Starting;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

/// <summary>
/// The parts of a container. Each part has its own fields; the operations here concern several of them. <see cref="Container"/> offers them
/// to callers.
/// </summary>
internal sealed partial class ContainerCore : IAsyncDisposable
{
    private readonly ILogger _logger;
    private AgentSocket? _agentSocket;

    /// <summary>Creates a container that takes ownership of the machine and of the snapshots.</summary>
    public ContainerCore(
        RuntimeEngine engine, ContainerBlueprint blueprint, MachineConnection machine, StartupTimeline timeline, SnapshotDraft? draft,
        SnapshotLease? baseSnapshot)
    {
        _logger = engine.LoggerFactory.CreateLogger(ContainerMessages.ContainerCategory);
        Engine = engine;
        Blueprint = blueprint;
        Identity = ContainerIdentity.Create(blueprint.Options.Hostname);
        Log = new ContainerLog();
        Status = new ContainerStatus(machine, new ProcessRun(Log), timeline);
        Calls = new GuestCalls(blueprint, Status, Log);
        Clock = new ContainerClock(Calls);
        Process = new MainProcess(blueprint, Status, Calls, Log, _logger);
        Exec = new ExecProcesses(blueprint, Identity, Status, Calls);
        Files = new FileTransfer(blueprint.Options, Status, Calls, _logger);
        Ports = new PublishedPorts(blueprint.Name, blueprint.Options.Ports, _logger);
        Base = new BaseSnapshot(engine.Snapshots, draft, baseSnapshot);
    }

    public RuntimeEngine Engine { get; }

    public ContainerBlueprint Blueprint { get; }

    public ContainerOptions Options => Blueprint.Options;

    public ContainerIdentity Identity { get; }

    public ImageReference Image => Options.Image;

    public IReadOnlyDictionary<string, string> Labels =>
        Options.Labels.AddRange(Blueprint.ImageConfig.Labels.Where(label => !Options.Labels.ContainsKey(label.Key)));

    public string Id => Identity.MachineId;

    public string Hostname => Identity.Hostname;

    public ContainerState State => Status.Current.Name;

    public StartupTimeline Timeline => Status.Timeline;

    /// <summary>The present machine.</summary>
    public IVirtualMachine Machine => Status.Machine.Machine;

    /// <summary>The agent of the present machine.</summary>
    public AgentClient Agent => Status.Machine.Agent;

    public ContainerLog Log { get; }

    public ContainerStatus Status { get; }

    public GuestCalls Calls { get; }

    public ContainerClock Clock { get; }

    public TimeSpan ClockOffset => Clock.Offset;

    public MainProcess Process { get; }

    public ExecProcesses Exec { get; }

    public FileTransfer Files { get; }

    public PublishedPorts Ports { get; }

    public BaseSnapshot Base { get; }

    /// <summary>Begins the timeline of an operation, which tells the builder's listener of its phases.</summary>
    public StartupTimeline NewTimeline() => new(Options.PhaseChanged);

    /// <summary>Opens a stream to a TCP port inside the container.</summary>
    /// <exception cref="ContainerOperationException">Nothing accepts connections at that port.</exception>
    public async ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken)
    {
        MachineConnection machine = Calls.RequireMachine("dial a port");
        try
        {
            return await machine.Agent.DialTcpAsync(containerPort, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw Calls.Explain(new ContainerOperationException(
                $"Port {containerPort} inside {Blueprint.Name} does not accept connections: {exception.Message}", exception));
        }
        catch (IOException exception)
        {
            throw await Calls.ExplainLossAsync(exception, machine).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the resources that the container has used until now.</summary>
    public async Task<ContainerStatistics> GetStatisticsAsync(CancellationToken cancellationToken)
    {
        MachineConnection machine = Calls.RequireMachine("read statistics");
        return GuestNumbers.ToStatistics(
            await Calls.AskAgentAsync(machine.Agent.GetStatisticsAsync(cancellationToken)).ConfigureAwait(false));
    }

    /// <summary>
    /// Makes the object that the caller gets. If the product's code fails, the container is disposed: the caller has nothing to dispose.
    /// </summary>
    public async Task<TContainer> WrapAsync<TContainer>(Func<ContainerCore, TContainer> wrap)
    {
        try
        {
            return wrap(this);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the machine and removes everything that the container had on the host. Further calls have no effect.</summary>
    public async ValueTask DisposeAsync()
    {
        // This comes first: an operation that has its turn may wait for a machine that never answers.
        Status.BeginDisposal();
        using IDisposable turn = await Status.TakeTurnAsync(CancellationToken.None).ConfigureAwait(false);
        if (!Status.TryDelete())
            return;

        // The operation that had its turn may have replaced the machine.
        Status.Machine.Machine.Kill();
        await Ports.DisposeAsync().ConfigureAwait(false);
        await Status.Machine.DisposeAsync().ConfigureAwait(false);
        await Base.DisposeAsync().ConfigureAwait(false);
        if (_agentSocket is not null)
            await _agentSocket.DisposeAsync().ConfigureAwait(false);
    }
}
