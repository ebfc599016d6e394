using Islet.Snapshots;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Machines;

/// <summary>
/// Restores machines from snapshots. After each restore, it starts the next QEMU process ahead, since the same snapshot is likely to be
/// restored again: it waits with memory and disk attached, and without a device state.
/// </summary>
internal sealed class SnapshotRestorer : IAsyncDisposable
{
    // A test has a fork or two in use at a time, and the templates of an image or two.
    private const int Kinds = 4;

    // After this pause most containers have answered for the first time, and the host has a free processor again.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(300);

    private readonly IVirtualMachineBackend _backend;
    private readonly MachinePool<IWaitingMachine> _waiting;
    private readonly ILogger _logger;

    /// <param name="backend">The backend that runs the machines.</param>
    /// <param name="startsNext">Whether the next machine's QEMU process is started ahead.</param>
    /// <param name="loggers">The factory of the logger, for failures of processes started ahead.</param>
    public SnapshotRestorer(IVirtualMachineBackend backend, bool startsNext, ILoggerFactory loggers)
    {
        _backend = backend;
        _waiting = new MachinePool<IWaitingMachine>(startsNext ? 1 : 0, Kinds, HostMemory.IsScarce, loggers);
        _logger = loggers.CreateLogger<SnapshotRestorer>();
    }

    /// <summary>Restores a machine.</summary>
    /// <param name="snapshot">The snapshot to restore; it may be disposed once the machine runs.</param>
    /// <param name="options">
    /// The description of the machine. With <see cref="VirtualMachineOptions.MemoryFilePath"/>, which must not exist yet, its memory is a
    /// copy of the snapshot's, so that it can be saved again at little cost.
    /// </param>
    /// <param name="verify">
    /// Whether the snapshot's content is compared with its seal. This runs at the same time as the restore, and once in the life of this
    /// process.
    /// </param>
    /// <param name="timeline">Receives the phases.</param>
    /// <param name="cancellationToken">Cancels the restore.</param>
    /// <exception cref="SavedMachineException">
    /// The snapshot is damaged, or does not fit; nothing is left of the attempt, and no memory file.
    /// </exception>
    /// <exception cref="StorageException">The machine's own files can't be written.</exception>
    public async Task<IVirtualMachine> RestoreAsync(
        SnapshotLease snapshot, VirtualMachineOptions options, bool verify, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        Task<bool> intact = verify ? snapshot.VerifyContentAsync(cancellationToken) : Task.FromResult(true);
        IVirtualMachine? machine = null;
        try
        {
            machine = await RestoreUnverifiedAsync(snapshot, options, timeline, cancellationToken).ConfigureAwait(false);
            if (!await intact.ConfigureAwait(false))
                throw new SavedMachineException($"The content of the snapshot {snapshot.Name} is damaged.");
            if (options.MemoryFilePath is null)
                Prestart(snapshot, options);
            return machine;
        }
        catch
        {
            if (machine is not null)
                await machine.DisposeAsync().ConfigureAwait(false);
            if (options.MemoryFilePath is { } memory)
                File.Delete(memory);

            // The check reads the snapshot, which the caller is about to dispose.
            await ((Task)intact).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>
    /// Starts the QEMU process of the next machine that is restored from a snapshot, after a pause and in the background.
    /// </summary>
    public void Prestart(SnapshotLease snapshot, VirtualMachineOptions options)
    {
        SnapshotFiles files = snapshot.Files;
        FileRecord memory = snapshot.Manifest.Memory;
        VirtualMachineOptions next = options with { Name = "next" };
        _waiting.Fill(KindOf(snapshot, options), SpawnAsync, IsThere);

        async Task<IWaitingMachine?> SpawnAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(s_pause, cancellationToken).ConfigureAwait(false);
            try
            {
                return IsThere() ? await _backend.SpawnAsync(next, files.Memory, cancellationToken).ConfigureAwait(false) : null;
            }
            catch (IsletException) when (!IsThere())
            {
                // The snapshot was removed meanwhile, so no machine will be restored from it.
                return null;
            }
        }

        // Another snapshot that was made under the same name does not count.
        bool IsThere() => SnapshotFiles.IsAsRecorded(files.Memory, memory);
    }

    /// <summary>Waits until no QEMU process is being started ahead.</summary>
    public Task WhenIdleAsync() => _waiting.WhenIdleAsync();

    public ValueTask DisposeAsync() => _waiting.DisposeAsync();

    // The key names this snapshot and no other: another one under the same name has other memory.
    private static string KindOf(SnapshotLease snapshot, VirtualMachineOptions options) =>
        $"{snapshot.Manifest.Id:N} {options.RootDisk?.Path}";

    private async Task<IVirtualMachine> RestoreUnverifiedAsync(
        SnapshotLease snapshot, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        if (options.MemoryFilePath is { } memory)
        {
            StartupTimeline.PhaseScope copy = timeline.Begin(StartupPhases.Memory);
            await SparseFile.CopyAsync(snapshot.MemoryPath, memory, cancellationToken).ConfigureAwait(false);
            copy.Complete();
            return await _backend.RestoreAsync(
                options, snapshot.Machine, RestoreMode.OwnFile, timeline, cancellationToken).ConfigureAwait(false);
        }

        return await TryRestoreWaitingAsync(snapshot, options, timeline, cancellationToken).ConfigureAwait(false)
            ?? await _backend.RestoreAsync(
                options, snapshot.Machine, RestoreMode.Private, timeline, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IVirtualMachine?> TryRestoreWaitingAsync(
        SnapshotLease snapshot, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        if (_waiting.TryTake(KindOf(snapshot, options)) is not { } waiting)
            return null;

        try
        {
            // The phase took no time now. It distinguishes this start from one with a pooled machine, which has no such phase.
            timeline.Begin(StartupPhases.Spawn).Complete();
            return await waiting.RestoreAsync(snapshot.Machine, options, timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (SavedMachineException exception)
        {
            // The fault is the snapshot's or the machine's. The caller starts another machine, which shows the difference.
            _logger.WaitingMachineFailed(exception.Message);
            return null;
        }
    }
}
