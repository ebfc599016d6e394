using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Eventing;

/// <inheritdoc cref="IDistributedApplicationEventing"/>
public class DistributedApplicationEventing : IDistributedApplicationEventing
{
    private ImmutableList<(Type Event, DistributedApplicationEventSubscription Subscription)> _subscriptions = [];

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent
    {
        var subscription = new DistributedApplicationEventSubscription((@event, cancellationToken) => callback((T)@event, cancellationToken));
        ImmutableInterlocked.Update(ref _subscriptions, list => list.Add((typeof(T), subscription)));
        return subscription;
    }

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent =>
        Subscribe<T>((@event, cancellationToken) => @event.Resource == resource ? callback(@event, cancellationToken) : Task.CompletedTask);

    public void Unsubscribe(DistributedApplicationEventSubscription subscription) =>
        ImmutableInterlocked.Update(ref _subscriptions, list => list.RemoveAll(entry => entry.Subscription == subscription));

    public Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent =>
        PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

    public Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        DistributedApplicationEventSubscription[] handlers = [.. _subscriptions.Where(entry => entry.Event == typeof(T)).Select(entry => entry.Subscription)];
        switch (dispatchBehavior)
        {
            case EventDispatchBehavior.BlockingSequential:
                return CallInOrderAsync(handlers, @event, cancellationToken);
            case EventDispatchBehavior.BlockingConcurrent:
                return Task.WhenAll(handlers.Select(handler => CallAsync(handler, @event, cancellationToken)));
            case EventDispatchBehavior.NonBlockingSequential:
                _ = Task.Run(() => CallInOrderAsync(handlers, @event, cancellationToken), CancellationToken.None);
                return Task.CompletedTask;
            default:
                foreach (DistributedApplicationEventSubscription handler in handlers)
                    _ = Task.Run(() => handler.Callback(@event, cancellationToken), CancellationToken.None);

                return Task.CompletedTask;
        }
    }

    private static async Task CallInOrderAsync(
        DistributedApplicationEventSubscription[] handlers, IDistributedApplicationEvent @event, CancellationToken cancellationToken)
    {
        foreach (DistributedApplicationEventSubscription handler in handlers)
            await handler.Callback(@event, cancellationToken);
    }

    // A handler that throws at once must not keep the others from being called.
    private static async Task CallAsync(
        DistributedApplicationEventSubscription handler, IDistributedApplicationEvent @event, CancellationToken cancellationToken) =>
        await handler.Callback(@event, cancellationToken);
}
