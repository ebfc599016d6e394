using Islet.Waiting;

namespace Islet.Tests.Waiting;

/// <summary>The base of wait tests: a fake container, a clock that stands still, and checks for the ways a wait may end.</summary>
public abstract class WaitTests
{
    private protected static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(10);
    private protected readonly ManualClock Clock = new();

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected Task WaitAsync(WaitStrategy strategy, FakeContainer container, CancellationToken? cancellationToken = null) =>
        WaitRunner.RunAsync(strategy, container, StartTimeout, cancellationToken ?? Cancellation, Clock);

    /// <summary>Lets the start timeout pass.</summary>
    private protected async Task<WaitTimeoutException> AssertTimesOutAsync(Task wait)
    {
        Assert.False(wait.IsCompleted);
        Clock.Advance(StartTimeout);
        return await Assert.ThrowsAsync<WaitTimeoutException>(() => wait);
    }

    private protected static async Task<WaitFailedException> AssertExitEndsAsync(Task wait, FakeContainer container)
    {
        Assert.False(wait.IsCompleted);
        container.Exit(new ProcessExit(3));
        return await Assert.ThrowsAsync<WaitFailedException>(() => wait);
    }

    private protected async Task AssertCancellableAsync(WaitStrategy strategy, FakeContainer container)
    {
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task wait = WaitAsync(strategy, container, caller.Token);
        await caller.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.Equal(caller.Token, cancelled.CancellationToken);
    }

    private protected static void AssertSays(string part, Exception exception) =>
        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
}
