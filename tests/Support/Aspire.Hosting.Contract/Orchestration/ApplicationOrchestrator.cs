using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Orchestration;

/// <summary>Starts the resources in the order, and with the events, of the real orchestrator. It has no container engine.</summary>
internal sealed class ApplicationOrchestrator(
    DistributedApplicationModel model, IDistributedApplicationEventing eventing, ResourceNotificationService notifications,
    ResourceLoggerService loggers, ResourceStates states, ResourceFamilies families, ProcessStarter processes, IServiceProvider services)
    : IHostedService
{
    private readonly Dictionary<IResource, ProcessLife> _lives = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        RefuseContainers();
        states.Subscribe();
        foreach (IResource resource in model.Resources.Where(resource => resource is ExecutableResource or ProjectResource).ToArray())
            _lives.Add(resource, new ProcessLife(resource, processes, notifications, loggers, eventing, families, services));

        foreach (ProcessLife life in _lives.Values)
            await life.PrepareAsync();

        foreach (IResource resource in model.Resources.ToArray())
        {
            await states.PublishInitialAsync(resource);
            await eventing.PublishAsync(
                new InitializeResourceEvent(resource, eventing, loggers, notifications, services),
                EventDispatchBehavior.NonBlockingConcurrent, cancellationToken);
        }

        foreach (ProcessLife life in _lives.Values)
            await life.AllocateAsync(cancellationToken);

        await Task.WhenAll(_lives.Values
            .Where(life => !life.Resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
            .Select(life => life.StartAsync(cancellationToken)));
        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_lives.Values.Select(life => life.StopAsync(cancellationToken)));

    private void RefuseContainers()
    {
        string[] containers = [.. model.GetContainerResources().Select(resource => resource.Name)];
        if (containers.Length > 0)
        {
            throw new DistributedApplicationException(
                $"There is no container engine behind this double of Aspire.Hosting, and nothing else has taken these containers over: {string.Join(", ", containers)}.");
        }
    }
}
