using Islet.Snapshots;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Machines;

/// <summary>
/// Restores machines from snapshots. What was restored once may be again, so the program of the next machine is started behind it: with
/// its memory and its disk, and without a state, it waits.
/// </summary>
internal sealed partial class SnapshotRestorer : IAsyncDisposable
{
    // A test has a fork or two in use at a time, and the templates of an image or two.
    private const int Kinds = 4;

    // By then most containers have answered for the first time, and the host has a processor to spare again.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(300);

    private readonly IVirtualMachineBackend _backend;
    private readonly SpareMachines<IWaitingMachine> _waiting;
    private readonly ILogger _logger;

    /// <param name="backend">What runs the machines.</param>
    /// <param name="spawnsAhead">Whether the next machine's program is started ahead.</param>
    /// <param name="loggers">Is told what went wrong with that.</param>
    public SnapshotRestorer(IVirtualMachineBackend backend, bool spawnsAhead, ILoggerFactory loggers)
    {
        _backend = backend;
        _waiting = new SpareMachines<IWaitingMachine>(spawnsAhead ? 1 : 0, Kinds, HostMemory.IsScarce, loggers);
        _logger = loggers.CreateLogger<SnapshotRestorer>();
    }

    /// <summary>Restores a machine.</summary>
    /// <param name="snapshot">What it is restored from; it may be disposed when the machine runs.</param>
    /// <param name="options">
    /// What it is. With <see cref="VirtualMachineOptions.MemoryFilePath"/>, where nothing may be yet, its memory is a copy of the
    /// snapshot's, so that it can be frozen again at little cost.
    /// </param>
    /// <param name="verify">Whether the snapshot's content is compared with its seal, beside the restore and once in the life of this process.</param>
    /// <param name="timeline">Gets the phases.</param>
    /// <param name="cancellationToken">Ends the restore.</param>
    /// <exception cref="SavedMachineException">The snapshot is damaged, or does not fit; nothing is left of the attempt, and no memory file.</exception>
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
                SpawnAhead(snapshot, options);
            return machine;
        }
        catch
        {
            if (machine is not null)
                await machine.DisposeAsync().ConfigureAwait(false);
            if (options.MemoryFilePath is { } memory)
                File.Delete(memory);

            // It works on the snapshot, which the caller is about to let go of.
            await ((Task)intact).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>Has the program of a machine started that is going to be restored from a snapshot, in a while and in the background.</summary>
    public void SpawnAhead(SnapshotLease snapshot, VirtualMachineOptions options)
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
                // The snapshot was removed meanwhile: there will be no next one.
                return null;
            }
        }

        // And not another one that was made under its name.
        bool IsThere() => SnapshotFiles.IsAsRecorded(files.Memory, memory);
    }

    /// <summary>Waits until nothing is started ahead any more.</summary>
    public Task WhenIdleAsync() => _waiting.WhenIdleAsync();

    public ValueTask DisposeAsync() => _waiting.DisposeAsync();

    // This very snapshot: another one under the same name has other memory.
    private static string KindOf(SnapshotLease snapshot, VirtualMachineOptions options) => $"{snapshot.Manifest.Id:N} {options.RootDiskPath}";

    private async Task<IVirtualMachine> RestoreUnverifiedAsync(
        SnapshotLease snapshot, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        if (options.MemoryFilePath is { } memory)
        {
            StartupTimeline.PhaseScope copy = timeline.Begin(StartupPhases.Memory);
            await SparseFile.CopyAsync(snapshot.MemoryPath, memory, cancellationToken).ConfigureAwait(false);
            copy.Complete();
            return await _backend.RestoreAsync(options, snapshot.Machine, RestoreMode.OwnFile, timeline, cancellationToken).ConfigureAwait(false);
        }

        return await TryRestoreWaitingAsync(snapshot, options, timeline, cancellationToken).ConfigureAwait(false)
            ?? await _backend.RestoreAsync(options, snapshot.Machine, RestoreMode.Private, timeline, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IVirtualMachine?> TryRestoreWaitingAsync(
        SnapshotLease snapshot, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        if (_waiting.TryTake(KindOf(snapshot, options)) is not { } waiting)
            return null;

        try
        {
            // What took no time now: the phase tells this start from one with a spare, which has none.
            timeline.Begin(StartupPhases.Spawn).Complete();
            return await waiting.RestoreAsync(snapshot.Machine, options, timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (SavedMachineException exception)
        {
            // The snapshot's fault or the machine's: one that is started anew tells.
            LogWaitingFailed(exception.Message);
            return null;
        }
    }

    [LoggerMessage(EventId = 212, Level = LogLevel.Warning, Message = "A machine that was started ahead could not be used: {Reason}")]
    private partial void LogWaitingFailed(string reason);
}
