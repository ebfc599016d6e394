using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>The life of a resource that is a process of this machine.</summary>
internal sealed class ProcessLife(
    IResource resource, ProcessStarter starter, ResourceNotificationService notifications, ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing, ResourceFamilies families, IServiceProvider services)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private RunningProcess? _process;
    private Task _ended = Task.CompletedTask;

    public IResource Resource { get; } = resource;

    public Task PrepareAsync()
    {
        Resource.Annotations.Add(Command(KnownResourceCommands.StartCommand, "Start", state => state is null || !IsUp(state), StartAsync));
        Resource.Annotations.Add(Command(KnownResourceCommands.StopCommand, "Stop", IsUp, StopAsync));
        Resource.Annotations.Add(Command(KnownResourceCommands.RestartCommand, "Restart", IsUp, async cancellationToken =>
        {
            await StopAsync(cancellationToken);
            await StartAsync(cancellationToken);
        }));
        return PublishAsync(snapshot => snapshot with { State = KnownResourceStates.NotStarted, CreationTimeStamp = DateTime.UtcNow });
    }

    public Task AllocateAsync(CancellationToken cancellationToken)
    {
        EndpointAnnotation[] endpoints = [.. Resource.Annotations.OfType<EndpointAnnotation>()];
        foreach (EndpointAnnotation endpoint in endpoints)
        {
            int port = endpoint.TargetPort ?? endpoint.Port ?? FreePort.Take();
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(
                endpoint, KnownHostNames.Localhost, port, EndpointBindingMode.SingleAddress, PortTemplates.For(endpoint.Name));
        }

        return endpoints.Length == 0
            ? Task.CompletedTask
            : eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(Resource, services), cancellationToken);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Whoever waits for its dependencies is starting already; this ends the wait.
        if (StateText == KnownResourceStates.Waiting)
        {
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Starting });
            return;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_process is null)
                await StartProcessAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            loggers.GetLogger(Resource).LogError(exception, "Failed to create resource {Resource}", Resource.Name);
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.FailedToStart });
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_process is not { } process)
            return;

        await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Stopping });
        process.Kill();
        await _ended.WaitAsync(cancellationToken);
    }

    private string? StateText => notifications.TryGetCurrentState(Resource.Name, out ResourceEvent? current) ? current.Snapshot.State?.Text : null;

    private static bool IsUp(string? state) => state == KnownResourceStates.Running;

    private static ResourceCommandAnnotation Command(string name, string displayName, Func<string?, bool> isEnabled, Func<CancellationToken, Task> run) =>
        new(name, displayName, context => isEnabled(context.ResourceSnapshot.State?.Text) ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
            async context =>
            {
                await run(context.CancellationToken);
                return CommandResults.Success();
            },
            null, null, null, null, null, isHighlighted: true);

    private async Task StartProcessAsync(CancellationToken cancellationToken)
    {
        await PublishAsync(snapshot => snapshot with
        {
            State = KnownResourceStates.Starting,
            HealthReports = ResourceStates.InitialHealthReports(Resource),
            StopTimeStamp = null,
            ExitCode = null,
        });
        await families.PublishAsync(
            Resource, part => part is IResourceWithConnectionString ? new ConnectionStringAvailableEvent(part, services) : null, cancellationToken);
        await eventing.PublishAsync(new BeforeResourceStartedEvent(Resource, services), cancellationToken);
        RunningProcess process = await starter.StartAsync(Resource, cancellationToken);
        _process = process;
        await PublishAsync(snapshot => snapshot with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = DateTime.UtcNow,
            EnvironmentVariables = [.. process.Environment.Select(variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, IsFromSpec: true))],
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = false })],
        });
        _ended = EndAsync(process);
    }

    // A process that ends by itself is Finished, whatever its code; one that was stopped is Exited.
    private async Task EndAsync(RunningProcess process)
    {
        int exitCode = await process.Exited;
        _process = null;
        await PublishAsync(snapshot => snapshot with
        {
            State = process.WasKilled ? KnownResourceStates.Exited : KnownResourceStates.Finished,
            ExitCode = exitCode,
            StopTimeStamp = DateTime.UtcNow,
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = true })],
        });
        notifications.TryGetCurrentState(Resource.Name, out ResourceEvent? last);
        await families.PublishAsync(Resource, part => new ResourceStoppedEvent(part, services, last!), CancellationToken.None);
    }

    private Task PublishAsync(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) => notifications.PublishUpdateAsync(Resource, change);
}
