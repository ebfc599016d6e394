using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;

namespace Islet.Aspire;

/// <summary>Subscribes to the three events that the adapter needs.</summary>
internal sealed class MicroVmSubscriber(MicroVmApplication application) : IDistributedApplicationEventingSubscriber
{
    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
    {
        if (!executionContext.IsRunMode)
            return Task.CompletedTask;

        // Runs before any handler of the first event: some integrations use annotations in their handlers to decide on the kind of their
        // container.
        application.Select();
        eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            application.TakeOver();
            return Task.CompletedTask;
        });
        eventing.Subscribe<InitializeResourceEvent>((initialize, token) => application.InitializeAsync(initialize.Resource, token));
        eventing.Subscribe<ResourceEndpointsAllocatedEvent>((allocated, _) =>
        {
            application.Network.Publish(allocated.Resource);
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }
}
