using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Islet.Snapshots;

/// <summary>Hashing what was published takes longer than to freeze it, and nobody needs to wait for it.</summary>
internal sealed partial class SnapshotStore : IAsyncDisposable
{
    private readonly ConcurrentDictionary<SnapshotName, (Task Work, CancellationTokenSource GiveUp)> _sealing = new();

    /// <summary>Seals a snapshot in the background, so that it is still of use when the host was started again. It is owned from here on.</summary>
    public void SealInBackground(SnapshotLease snapshot)
    {
        var giveUp = new CancellationTokenSource();
        Task work = SealAsync(snapshot, giveUp.Token);
        _sealing[snapshot.Name] = (work, giveUp);
        _ = work.ContinueWith(_ => _sealing.TryRemove(new(snapshot.Name, (work, giveUp))), TaskScheduler.Default);
    }

    /// <summary>Waits until nothing is sealed any more.</summary>
    public Task WhenSealedAsync() => Task.WhenAll(_sealing.Values.Select(sealing => sealing.Work));

    /// <summary>Gives up what is sealed in the background; it stays usable until the host is started again, and is sealed by its next user.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (SnapshotName name in _sealing.Keys)
            await StopSealingAsync(name).ConfigureAwait(false);
    }

    // To seal is no use that keeps a snapshot from being removed.
    private async ValueTask StopSealingAsync(SnapshotName name)
    {
        if (!_sealing.TryGetValue(name, out (Task Work, CancellationTokenSource GiveUp) sealing))
            return;
        await sealing.GiveUp.CancelAsync().ConfigureAwait(false);
        await sealing.Work.ConfigureAwait(false);
    }

    private async Task SealAsync(SnapshotLease snapshot, CancellationToken giveUp)
    {
        using (snapshot)
        {
            try
            {
                _ = await snapshot.VerifyContentAsync(giveUp).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Its next user seals it.
            }
            catch (StorageException error)
            {
                _logger.LogWarning(233, error, "The snapshot {Name} could not be sealed", snapshot.Name);
            }
        }
    }
}
