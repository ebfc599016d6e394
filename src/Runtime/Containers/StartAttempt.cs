using Islet.Engine;
using Islet.Snapshots;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet.Containers;

/// <summary>
/// The resources of a start until it has succeeded: its deadline, its machine, its snapshots, its container. All of them are released
/// if the start fails.
/// </summary>
internal sealed class StartAttempt : IDisposable
{
    private readonly RuntimeEngine _engine;
    private readonly ContainerBlueprint _blueprint;
    private readonly SnapshotDraft? _draft;
    private readonly SnapshotLease? _baseSnapshot;
    private readonly StartupTimeline _timeline;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _deadline;
    private ContainerCore? _container;

    /// <summary>Begins an attempt. The deadline counts from now. The draft and the base snapshot are owned from here on.</summary>
    public StartAttempt(
        RuntimeEngine engine, ContainerBlueprint blueprint, SnapshotDraft? draft, SnapshotLease? baseSnapshot, StartupTimeline timeline,
        CancellationToken cancellationToken)
    {
        _engine = engine;
        _blueprint = blueprint;
        _draft = draft;
        _baseSnapshot = baseSnapshot;
        _timeline = timeline;
        _cancellationToken = cancellationToken;

        // The deadline covers the work of the machine. The time of a pull is limited only by the network and the caller's token.
        _deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _deadline.CancelAfter(blueprint.Options.StartTimeout);
    }

    /// <summary>The token that is cancelled when the caller cancels the start, or when the start timeout is over.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>The machine, once there is one.</summary>
    public IVirtualMachine? Machine { get; set; }

    /// <summary>
    /// Connects to the machine's agent and makes the container, which owns the machine, the draft and the base snapshot from then on.
    /// </summary>
    public async Task<ContainerCore> ConnectAsync()
    {
        MachineConnection live = await MachineConnection.ConnectAsync(_engine, _blueprint, Machine!, _timeline).ConfigureAwait(false);
        return _container = new ContainerCore(_engine, _blueprint, live, _timeline, _draft, _baseSnapshot);
    }

    /// <summary>Releases everything, and determines why the start has failed.</summary>
    /// <returns>A better explanation with its evidence, or <see langword="null"/> if the exception itself is the explanation.</returns>
    public async Task<Exception?> FailAsync(Exception exception)
    {
        // The evidence is gathered before the machine is ended, and the machine is ended before the caller sees the failure.
        FailureEvidence evidence = _container?.Calls.Evidence() ?? new FailureEvidence
        {
            Image = _blueprint.Options.Image.ToString(),
            ConsoleTail = Machine?.ReadConsoleTail(50) ?? [],
            Timeline = _timeline,
        };
        Exception reason = await StartFailure.ExplainAsync(
            exception, _blueprint.Options, Machine, evidence, _cancellationToken).ConfigureAwait(false);
        if (_container is not null)
        {
            await _container.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            _draft?.Dispose();
            _baseSnapshot?.Dispose();
        }

        return ReferenceEquals(reason, exception) ? null : reason;
    }

    /// <inheritdoc/>
    public void Dispose() => _deadline.Dispose();
}
