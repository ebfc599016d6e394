using Islet;

namespace Quickstart;

/// <summary>A container whose start is under way; disposing it also cleans up a start that succeeds after its neighbour failed.</summary>
internal sealed class PendingContainer : IAsyncDisposable
{
    private readonly CancellationTokenSource _abandon;

    public PendingContainer(Func<CancellationToken, Task<Container>> start, CancellationToken cancellationToken)
    {
        _abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Started = start(_abandon.Token);
    }

    public Task<Container> Started { get; }

    public async ValueTask DisposeAsync()
    {
        await _abandon.CancelAsync();
        await ((Task)Started).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Started.IsCompletedSuccessfully)
            await Started.Result.DisposeAsync();
        _abandon.Dispose();
    }
}
