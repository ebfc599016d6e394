using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Network;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Lifecycle;

/// <summary>
/// Runs one resource, with the events and states that the orchestrator has for a container. Aspire itself provides the rest:
/// health checks, waits and the event that says that a resource is ready.
/// </summary>
/// <remarks>
/// <code>
/// NotStarted ─► Starting (─► Waiting ─► Starting) ─► Running ─► Stopping ─► Exited
///                   └──► FailedToStart                  └──────────────────────┘
/// </code>
/// From Exited and FailedToStart the container can start again, in a new machine.
/// </remarks>
internal sealed partial class MicroVmExecutor : IAsyncDisposable
{
    private readonly MicroVm _vm;
    private readonly ExecutorServices _services;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile RunningContainer? _running;

    public MicroVmExecutor(MicroVm vm, ExecutorServices services)
    {
        _vm = vm;
        _services = services;
        _log = services.Loggers.GetLogger(vm.Resource);
    }

    public ContainerResource Resource => _vm.Resource;

    /// <summary>The running container, or <see langword="null"/>.</summary>
    public Container? Running => _running?.Container;

    /// <summary>The running container, if there is one, and its forks.</summary>
    public IReadOnlyList<Container> Containers
    {
        get
        {
            lock (_forks)
                return [.. Running is { } running ? [running] : Array.Empty<Container>(), .. _forks.Select(fork => fork.Container)];
        }
    }

    /// <summary>
    /// Initializes the resource. The orchestrator does not wait for this and does not see an exception: failures are written to the
    /// resource's log.
    /// </summary>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(snapshot => snapshot with
            {
                ResourceType = DashboardProperties.ResourceType,
                State = KnownResourceStates.NotStarted,
                CreationTimeStamp = DateTime.UtcNow,
                Properties = DashboardProperties.OfImage(snapshot.Properties, _vm),
                Volumes = DashboardProperties.VolumesOf(Resource),
            }).ConfigureAwait(false);
            EndpointAllocation.Allocate(_vm);
            await _services.Eventing.PublishAsync(
                new ResourceEndpointsAllocatedEvent(Resource, _services.Provider), cancellationToken).ConfigureAwait(false);
            if (!Resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
                await StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await FailAsync(exception).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The application is ending.
        }
    }

    /// <summary>Ends the container because the application ends, and keeps its state if it is persistent.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await EndForksAsync().ConfigureAwait(false);
        await StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await EndForksAsync().ConfigureAwait(false);
        if (_running is { } running)
        {
            running.IsStopping = true;
            if (!running.Volumes.IsEmpty)
                await StopAsync(CancellationToken.None).ConfigureAwait(false);
            await running.Container.DisposeAsync().ConfigureAwait(false);
            await running.Ended.ConfigureAwait(false);
        }

        await ForgetCheckpointAsync().ConfigureAwait(false);
        foreach (PublishedEndpoint endpoint in _vm.Endpoints)
            endpoint.HostPort.Release();
    }

    private Task PublishAsync(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        _services.Family.PublishAsync(Resource, change);

    private string? State =>
        _services.Notifications.TryGetCurrentState(Resource.Name, out ResourceEvent? current) ? current.Snapshot.State?.Text : null;

    private async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_turn);
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
