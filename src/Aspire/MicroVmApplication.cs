using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Commands;
using Islet.Aspire.Lifecycle;
using Islet.Aspire.Logging;
using Islet.Aspire.Network;
using Islet.Aspire.Terminals;
using Islet.Aspire.Volumes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Islet.Aspire;

/// <summary>The micro-VMs of an application, from the takeover to its end.</summary>
internal sealed class MicroVmApplication(
    DistributedApplicationModel model, IEnumerable<MicroVmSelection> selections, ResourceNotificationService notifications,
    ResourceLoggerService loggers, IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext context,
    ContainerRuntime runtime, IConfiguration configuration, IHostEnvironment environment, IServiceProvider services)
    : IHostedService, IAsyncDisposable
{
    // Never disposed: it has no timer, and running operations may still look at it.
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<ContainerResource> _selected = [];
    private readonly ResourceFamily _family = new(model, notifications, eventing);
    private IReadOnlyDictionary<IResource, MicroVmExecutor> _executors = new Dictionary<IResource, MicroVmExecutor>();
    private ExecBridge? _bridge;

    /// <summary>The addresses that micro-VMs reach, as seen from inside.</summary>
    public GuestNetwork Network { get; private set; } = new([]);

    /// <summary>The access to the containers for programs that know container engines.</summary>
    public ExecBridge Bridge => _bridge ??= new ExecBridge(
        configuration["ASPIRE_CONTAINER_RUNTIME"] ?? configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"] ?? "docker,podman", Find);

    /// <summary>Marks each selected container to run in a micro-VM.</summary>
    public void Select()
    {
        foreach (ContainerResource container in model.Resources.OfType<ContainerResource>().Where(_selected.Add).ToArray())
        {
            foreach (MicroVmSelection selection in selections.Where(selection => selection.Filter(container)))
            {
                if (container.IsEmulator())
                    loggers.GetLogger(container).LeftToEngine(container.Name);
                else
                    selection.Configure(container, MicroVmAnnotations.GetOrAdd(container));
            }
        }
    }

    /// <summary>
    /// Takes the selected containers over, once the model is complete: for the orchestrator they are no containers any more.
    /// </summary>
    /// <exception cref="DistributedApplicationException">A container that was named can't run in a micro-VM.</exception>
    public void TakeOver()
    {
        // Selects the containers that were added since.
        Select();

        // Aspire.Hosting.Testing sets it, so that several tests can run at the same time.
        bool randomizePorts = string.Equals(configuration["DcpPublisher:RandomizePorts"], "true", StringComparison.OrdinalIgnoreCase);
        IReadOnlyList<MicroVm> vms = new ContainerTakeover(model, loggers, randomizePorts, configuration).Run();
        Network = new GuestNetwork(vms);
        var shared = new ExecutorServices(
            notifications, loggers, eventing, context, runtime, Network, _family, new VolumeStore(configuration), Identity(), services,
            _stopping.Token);
        _executors = vms.ToDictionary(vm => (IResource)vm.Resource, vm => new MicroVmExecutor(vm, shared));
        foreach (MicroVmExecutor executor in _executors.Values)
            MicroVmCommandAnnotations.Add(executor, Bridge);
    }

    public Task InitializeAsync(IResource resource, CancellationToken cancellationToken) =>
        _executors.TryGetValue(resource, out MicroVmExecutor? executor) ? executor.InitializeAsync(cancellationToken) : Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await EndBridgeAsync().ConfigureAwait(false);
        await Task.WhenAll(_executors.Values.Select(executor => executor.EndAsync(cancellationToken))).ConfigureAwait(false);
    }

    // Needed for an application that was never stopped. It is called twice: the services know this object as itself and as a hosted
    // service.
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await EndBridgeAsync().ConfigureAwait(false);
        foreach (MicroVmExecutor executor in _executors.Values)
            await executor.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask EndBridgeAsync()
    {
        if (_bridge is not null)
            await _bridge.DisposeAsync().ConfigureAwait(false);
    }

    private Container? Find(string id) =>
        _executors.Values.SelectMany(executor => executor.Containers).FirstOrDefault(container => container.Id == id);

    // Two AppHosts, or two checkouts of one, do not share their kept states.
    private string Identity() => $"{environment.ApplicationName} {configuration["AppHost:Path"] ?? environment.ContentRootPath}";
}
