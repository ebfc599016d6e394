namespace Islet.Protocol.Tests;

public sealed class AsyncSignalTests
{
    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Set_before_the_wait_is_kept_once()
    {
        var signal = new AsyncSignal();
        signal.Set();
        signal.Set();

        await signal.WaitAsync(TestEnd);
        ValueTask second = signal.WaitAsync(TestEnd);

        Assert.False(second.IsCompleted);
        signal.Set();
        await second;
    }

    [Fact]
    public async Task Set_and_cancellation_at_once_end_every_wait_exactly_once()
    {
        var signal = new AsyncSignal();
        for (int i = 0; i < 20_000; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask wait = signal.WaitAsync(cancellation.Token);
            Task cancelling = Task.Run(cancellation.Cancel, TestEnd);
            signal.Set();
            try
            {
                await wait;
            }
            catch (OperationCanceledException)
            {
                // The signal was not for this wait, and is kept for the next one.
                await signal.WaitAsync(TestEnd);
            }

            await cancelling;
        }

        // No signal is left: the next wait does not complete.
        Assert.False(signal.WaitAsync(TestEnd).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_token_does_not_wait()
    {
        var signal = new AsyncSignal();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => signal.WaitAsync(new CancellationToken(canceled: true)).AsTask());
        Assert.False(signal.WaitAsync(TestEnd).AsTask().IsCompleted);
    }
}
