using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;

namespace Islet.Aspire;

/// <summary>The three events that the adapter lives on.</summary>
internal sealed class MicroVmSubscriber(MicroVmApplication application) : IDistributedApplicationEventingSubscriber
{
    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        if (!executionContext.IsRunMode)
            return Task.CompletedTask;

        // Before any handler of the first event: some integrations decide in theirs, by annotations, what their container is going to be.
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
