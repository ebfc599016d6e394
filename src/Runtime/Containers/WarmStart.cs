using System.Collections.Immutable;
using Islet.Diagnostics;
using Islet.Engine;
using Islet.Snapshots;
using Islet.Starting;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

/// <summary>
/// Starts containers in the warm state of one with the same description. If there is none yet, the container is started in the ordinary
/// way, and saved once it is ready.
/// </summary>
/// <remarks>Cache failures never fail a start that is possible without the cache; they are logged as warnings.</remarks>
internal sealed class WarmStart(
    RuntimeEngine engine, ContainerStarter starter, ContainerBlueprint blueprint, ImmutableArray<StartupCallback> callbacks,
    StartupTimeline timeline)
{
    private readonly ILogger _logger = engine.LoggerFactory.CreateLogger(ContainerMessages.ContainerCategory);

    /// <summary>Restores the warm state, or makes it.</summary>
    public async Task<ContainerCore> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            string[] versions = [.. callbacks.Select(callback => callback.Version)];
            var name = new SnapshotName(
                SnapshotKind.Warm, await WarmKey.OfAsync(engine, blueprint, versions, cancellationToken).ConfigureAwait(false));
            return await TryRestoreAsync(name, cancellationToken).ConfigureAwait(false)
                ?? await StartAndKeepAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (CacheUnusableException exception)
        {
            _logger.WarmStartNotUsed(blueprint.Name, exception.InnerException!.Message);
            return await starter.StartNewAsync(blueprint, callbacks, null, timeline, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ContainerCore?> TryRestoreAsync(SnapshotName name, CancellationToken cancellationToken)
    {
        SnapshotLease? ready = await WithCacheAsync(engine.Snapshots.TryOpenAsync(name, cancellationToken).AsTask()).ConfigureAwait(false);
        if (ready is null)
            return null;

        SnapshotDraft? draft;
        try
        {
            draft = await WithCacheAsync(starter.BeginDraftAsync(blueprint, cancellationToken)).ConfigureAwait(false);
        }
        catch
        {
            ready.Dispose();
            throw;
        }

        try
        {
            ContainerCore container = await starter.StartFromAsync(
                blueprint, ready, draft, verify: true, timeline, cancellationToken).ConfigureAwait(false);
            _logger.WarmStateRestored(blueprint.Name, timeline);
            return container;
        }
        catch (Exception exception) when (StartFailure.IsOfMachine(exception) && !cancellationToken.IsCancellationRequested)
        {
            IsletMetrics.SnapshotRefused(StartKinds.Warm);
            _logger.WarmStateRefused(blueprint.Name, exception.Message);
        }

        // Another process may still use it, to hash it for example. That does not keep the next warm state from taking its name.
        draft?.Dispose();
        ready.Dispose();
        engine.Snapshots.MarkUnusable(name);
        return null;
    }

    private async Task<ContainerCore> StartAndKeepAsync(SnapshotName name, CancellationToken cancellationToken)
    {
        using IDisposable? turn = await TryTakeTurnAsync(name, cancellationToken).ConfigureAwait(false);
        if (turn is null)
            return await starter.StartNewAsync(blueprint, callbacks, null, timeline, cancellationToken).ConfigureAwait(false);

        // The previous owner of the lock has most likely made it.
        if (await TryRestoreAsync(name, cancellationToken).ConfigureAwait(false) is { } restored)
            return restored;

        SnapshotDraft? draft = await WithCacheAsync(starter.BeginWithMemoryAsync(blueprint, name, cancellationToken)).ConfigureAwait(false);
        ContainerCore container = await starter.StartNewAsync(
            blueprint, callbacks, draft, timeline, cancellationToken).ConfigureAwait(false);
        try
        {
            await container.KeepWarmAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (IsletException exception)
            when (exception is InvalidContainerStateException || container.Status.Current is LifecycleState.Running)
        {
            _logger.WarmStateNotKept(blueprint.Name, exception.Message);
        }
        catch
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return container;
    }

    /// <summary>
    /// Waits until no other start makes the same warm state, but not longer than a start may take: after that, an ordinary start is better.
    /// </summary>
    private async Task<IDisposable?> TryTakeTurnAsync(SnapshotName name, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(blueprint.Options.StartTimeout);
        try
        {
            return await WithCacheAsync(engine.Snapshots.AcquireBuildLockAsync(name, patience.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<T> WithCacheAsync<T>(Task<T> use)
    {
        try
        {
            return await use.ConfigureAwait(false);
        }
        catch (StorageException exception)
        {
            throw new CacheUnusableException(exception);
        }
    }

    // It distinguishes a full or unwritable cache from a machine that found no space for its own files.
    private sealed class CacheUnusableException(StorageException reason) : Exception(reason.Message, reason);
}
