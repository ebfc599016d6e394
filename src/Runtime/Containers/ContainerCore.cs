using Islet.Description;
using Islet.Engine;
using Islet.Snapshots;
using Islet.Starting;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

/// <summary>
/// The parts of a container. Each part has its own fields; the operations here concern several of them. <see cref="Container"/> offers them
/// to callers.
/// </summary>
internal sealed partial class ContainerCore : IAsyncDisposable
{
    private readonly ILogger _logger;

    /// <summary>Creates a container that takes ownership of the machine and of the snapshots.</summary>
    public ContainerCore(
        RuntimeEngine engine, ContainerBlueprint blueprint, LiveMachine machine, StartupTimeline timeline, SnapshotDraft? draft, SnapshotLease? baseSnapshot)
    {
        _logger = engine.LoggerFactory.CreateLogger<Container>();
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

    public ContainerLog Log { get; }

    public ContainerStatus Status { get; }

    public GuestCalls Calls { get; }

    public ContainerClock Clock { get; }

    public MainProcess Process { get; }

    public ExecProcesses Exec { get; }

    public FileTransfer Files { get; }

    public PublishedPorts Ports { get; }

    public BaseSnapshot Base { get; }

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
    }
}
