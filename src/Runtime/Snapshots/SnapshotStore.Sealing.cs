using Islet.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Islet.Snapshots;

/// <summary>Hashing what was published takes longer than to freeze it, and nobody needs to wait for it.</summary>
internal sealed partial class SnapshotStore : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _sealingLock = new();
    private readonly HashSet<Task> _sealing = [];

    /// <summary>Seals a snapshot in the background, so that it is still of use when the host was started again. It is owned from here on.</summary>
    public void SealInBackground(SnapshotLease snapshot)
    {
        Task sealing = SealAsync(snapshot);
        lock (_sealingLock)
            _sealing.Add(sealing);
        _ = sealing.ContinueWith(Forget, TaskScheduler.Default);
    }

    /// <summary>Waits until nothing is sealed any more.</summary>
    public Task WhenSealedAsync()
    {
        lock (_sealingLock)
            return Task.WhenAll(_sealing);
    }

    /// <summary>Gives up what is sealed in the background; it stays usable until the host is started again, and is sealed by its next user.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await WhenSealedAsync().ConfigureAwait(false);
    }

    private async Task SealAsync(SnapshotLease snapshot)
    {
        using (snapshot)
        {
            try
            {
                _ = await snapshot.VerifyContentAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Its next user seals it.
            }
            catch (StorageException error)
            {
                _logger.LogWarning(error, "The snapshot {Name} could not be sealed", snapshot.Name);
            }
        }
    }

    private void Forget(Task sealing)
    {
        lock (_sealingLock)
            _sealing.Remove(sealing);
    }
}
