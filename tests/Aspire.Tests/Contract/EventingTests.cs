using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Islet.Aspire.Tests.Contract;

public sealed class EventingTests
{
    private readonly DistributedApplicationEventing _eventing = new();
    private readonly List<string> _calls = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handlers_are_called_one_after_the_other_in_the_order_of_their_subscriptions()
    {
        var first = new TaskCompletionSource();
        _eventing.Subscribe<Happened>(async (_, _) =>
        {
            await first.Task;
            _calls.Add("first");
        });
        _eventing.Subscribe<Happened>((_, _) => Note("second"));

        Task publication = _eventing.PublishAsync(new Happened(), Cancellation);

        Assert.False(publication.IsCompleted);
        Assert.Empty(_calls);
        first.SetResult();
        await publication;
        Assert.Equal(["first", "second"], _calls);
    }

    [Fact]
    public async Task A_handler_that_throws_keeps_the_next_from_being_called()
    {
        _eventing.Subscribe<Happened>((_, _) => throw new InvalidOperationException("no"));
        _eventing.Subscribe<Happened>((_, _) => Note("second"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => _eventing.PublishAsync(new Happened(), Cancellation));

        Assert.Empty(_calls);
    }

    [Fact]
    public async Task A_publication_that_does_not_block_returns_while_handlers_run()
    {
        var release = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        _eventing.Subscribe<Happened>(async (_, _) =>
        {
            await release.Task;
            ended.SetResult();
        });

        await _eventing.PublishAsync(new Happened(), EventDispatchBehavior.NonBlockingConcurrent, Cancellation);

        Assert.False(ended.Task.IsCompleted);
        release.SetResult();
        await ended.Task;
    }

    [Fact]
    public async Task A_subscription_to_a_resource_hears_of_no_other()
    {
        var mine = new ContainerResource("mine");
        _eventing.Subscribe<ResourceReadyEvent>(mine, (@event, _) => Note(@event.Resource.Name));

        await _eventing.PublishAsync(new ResourceReadyEvent(new ContainerResource("other"), NoServices.Instance), Cancellation);
        await _eventing.PublishAsync(new ResourceReadyEvent(mine, NoServices.Instance), Cancellation);

        Assert.Equal(["mine"], _calls);
    }

    [Fact]
    public async Task What_is_unsubscribed_is_not_called()
    {
        DistributedApplicationEventSubscription subscription = _eventing.Subscribe<Happened>((_, _) => Note("called"));

        _eventing.Unsubscribe(subscription);
        await _eventing.PublishAsync(new Happened(), Cancellation);

        Assert.Empty(_calls);
    }

    private Task Note(string call)
    {
        _calls.Add(call);
        return Task.CompletedTask;
    }

    private sealed class Happened : IDistributedApplicationEvent;

    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }
}
