using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Tests.Contract;

public sealed class NotificationTests : IAsyncLifetime
{
    private readonly ContainerResource _cache = new("cache");
    private readonly DistributedApplication _app = ModelRun.CreateBuilder().Build();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task An_update_starts_from_what_is_to_be_seen_now()
    {
        await PublishAsync(KnownResourceStates.Starting);
        await _app.ResourceNotifications.PublishUpdateAsync(_cache, snapshot => snapshot with { ExitCode = 7 });

        CustomResourceSnapshot snapshot = _app.Snapshot("cache");
        Assert.Equal((KnownResourceStates.Starting, 7), (snapshot.State?.Text, snapshot.ExitCode));
    }

    [Fact]
    public async Task A_watcher_gets_the_current_states_first()
    {
        await PublishAsync(KnownResourceStates.Running);

        await foreach (ResourceEvent update in _app.ResourceNotifications.WatchAsync(Cancellation))
        {
            Assert.Equal(("cache", KnownResourceStates.Running), (update.ResourceId, update.Snapshot.State?.Text));
            return;
        }
    }

    [Fact]
    public async Task A_wait_for_states_tells_which_one_it_is()
    {
        Task<string> wait = _app.ResourceNotifications.WaitForResourceAsync("cache", KnownResourceStates.TerminalStates, Cancellation);

        await PublishAsync(KnownResourceStates.Running);
        await PublishAsync(KnownResourceStates.Exited);

        Assert.Equal(KnownResourceStates.Exited, await wait);
    }

    [Theory]
    [InlineData("FailedToStart", "it failed to start")]
    [InlineData("Exited", "it entered the 'Exited' state")]
    public async Task A_wait_for_health_ends_with_the_resource(string state, string reason)
    {
        await PublishAsync(state);

        DistributedApplicationException exception = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => _app.ResourceNotifications.WaitForResourceHealthyAsync("cache", WaitBehavior.StopOnResourceUnavailable, Cancellation));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commands_state_follows_the_snapshot()
    {
        _cache.Annotations.Add(new ResourceCommandAnnotation(
            "stop", "Stop",
            context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
            _ => Task.FromResult(CommandResults.Success()), null, null, null, null, null, isHighlighted: false));

        await PublishAsync(KnownResourceStates.Starting);
        Assert.Equal(ResourceCommandState.Hidden, Assert.Single(_app.Snapshot("cache").Commands).State);
        await PublishAsync(KnownResourceStates.Running);
        Assert.Equal(ResourceCommandState.Enabled, Assert.Single(_app.Snapshot("cache").Commands).State);
    }

    [Fact]
    public async Task A_command_that_is_not_there_or_throws_fails_with_a_result()
    {
        await PublishAsync(KnownResourceStates.Running);
        _cache.Annotations.Add(new ResourceCommandAnnotation(
            "break", "Break", _ => ResourceCommandState.Enabled, _ => throw new InvalidOperationException("no"), null, null, null, null, null, isHighlighted: false));

        ExecuteCommandResult absent = await _app.ResourceCommands.ExecuteCommandAsync("cache", "dance", Cancellation);
        ExecuteCommandResult broken = await _app.ResourceCommands.ExecuteCommandAsync("cache", "break", Cancellation);

        Assert.Equal((false, "Command 'dance' not available for resource 'cache'."), (absent.Success, absent.ErrorMessage));
        Assert.False(broken.Success);
    }

    private Task PublishAsync(string state) => _app.ResourceNotifications.PublishUpdateAsync(_cache, snapshot => snapshot with { State = state });
}
