using System.Collections.Concurrent;

namespace Islet.Snapshots;

/// <summary>
/// The part that seals published snapshots. Hashing takes longer than saving a machine, and no caller needs to wait for it.
/// </summary>
internal sealed partial class SnapshotStore : IAsyncDisposable
{
    private readonly ConcurrentDictionary<SnapshotName, (Task Work, CancellationTokenSource GiveUp)> _sealing = new();

    /// <summary>
    /// Seals a snapshot in the background, so that it is still usable after a restart of the host. The lease is owned from here on.
    /// </summary>
    public void SealInBackground(SnapshotLease snapshot)
    {
        var giveUp = new CancellationTokenSource();
        Task work = SealAsync(snapshot, giveUp.Token);
        _sealing[snapshot.Name] = (work, giveUp);
        _ = work.ContinueWith(_ => _sealing.TryRemove(new(snapshot.Name, (work, giveUp))), TaskScheduler.Default);
    }

    /// <summary>Waits until no snapshot is being sealed.</summary>
    public Task WhenSealedAsync() => Task.WhenAll(_sealing.Values.Select(sealing => sealing.Work));

    /// <summary>
    /// Cancels the sealing in the background. A snapshot that is not sealed stays usable until the host is restarted, and its next user
    /// seals it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        foreach (SnapshotName name in _sealing.Keys)
            await StopSealingAsync(name).ConfigureAwait(false);
    }

    // Sealing does not count as use: it is cancelled before a removal.
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
                // The next user of the snapshot seals it.
            }
            catch (StorageException exception)
            {
                _logger.SnapshotNotSealed(exception, snapshot.Name);
            }
        }
    }
}
