using Islet.Diagnostics;
using Islet.VirtualMachines;

namespace Islet.Snapshots;

/// <summary>Restores machines from snapshots.</summary>
internal static class SnapshotRestore
{
    /// <summary>Restores a machine.</summary>
    /// <param name="backend">What runs it.</param>
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
    public static async Task<IVirtualMachine> RestoreAsync(
        this IVirtualMachineBackend backend, SnapshotLease snapshot, VirtualMachineOptions options, bool verify, StartupTimeline timeline,
        CancellationToken cancellationToken)
    {
        Task<bool> intact = verify ? snapshot.VerifyContentAsync(cancellationToken) : Task.FromResult(true);
        IVirtualMachine? machine = null;
        try
        {
            machine = await RestoreUnverifiedAsync(backend, snapshot, options, timeline, cancellationToken).ConfigureAwait(false);
            return await intact.ConfigureAwait(false)
                ? machine
                : throw new SavedMachineException($"The content of the snapshot {snapshot.Name} is damaged.");
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

    private static async Task<IVirtualMachine> RestoreUnverifiedAsync(
        IVirtualMachineBackend backend, SnapshotLease snapshot, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        if (options.MemoryFilePath is not { } memory)
            return await backend.RestoreAsync(options, snapshot.Machine, RestoreMode.Private, timeline, cancellationToken).ConfigureAwait(false);

        StartupTimeline.PhaseScope copy = timeline.Begin(StartupPhases.Memory);
        await SparseFile.CopyAsync(snapshot.MemoryPath, memory, cancellationToken).ConfigureAwait(false);
        copy.Complete();
        return await backend.RestoreAsync(options, snapshot.Machine, RestoreMode.OwnFile, timeline, cancellationToken).ConfigureAwait(false);
    }
}
