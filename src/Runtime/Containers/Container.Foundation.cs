using Islet.Snapshots;
using Islet.Starting;

namespace Islet;

// The snapshot that the container is based on.
public sealed partial class Container : IContainer<Container>
{
    Container IContainer<Container>.Container => this;

    Container IContainer<Container>.WithContainer(Container copy) => copy;

    /// <summary>
    /// Opens the snapshot that the container was started from, rolled back to or last saved in. It saves nothing new.
    /// </summary>
    /// <returns>A checkpoint that the caller disposes; <see langword="null"/> for a container that was started from its image.</returns>
    /// <exception cref="InvalidContainerStateException">The container was disposed.</exception>
    internal async Task<Checkpoint?> OpenFoundationAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        EnsureMachine("open its frozen state");
        if (_foundation is null)
            return null;

        SnapshotLease foundation = await _engine.Snapshots.ShareAsync(_foundation, cancellationToken).ConfigureAwait(false);
        try
        {
            FrozenLog log = CheckpointRecord.Read(foundation.Files.Directory).Log;
            return new Checkpoint(_engine, foundation, _blueprint, log, Timeline);
        }
        catch
        {
            foundation.Dispose();
            throw;
        }
    }
}
