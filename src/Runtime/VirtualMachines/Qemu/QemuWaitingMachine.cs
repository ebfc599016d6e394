using Islet.Diagnostics;

namespace Islet.VirtualMachines.Qemu;

/// <summary>A QEMU that was started with another machine's memory, and has no state yet.</summary>
internal sealed class QemuWaitingMachine(QemuVirtualMachine machine, string shape) : IWaitingMachine
{
    private int _taken;

    /// <summary>QEMU's process.</summary>
    public int ProcessId => machine.ProcessId;

    /// <inheritdoc/>
    public async ValueTask<IVirtualMachine> RestoreAsync(
        SavedMachine saved, string rootDiskPath, DiskFormat format, StartupTimeline timeline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(saved);
        ArgumentNullException.ThrowIfNull(timeline);
        if (Interlocked.Exchange(ref _taken, 1) != 0)
            throw new InvalidOperationException("This machine was restored or disposed before.");

        try
        {
            if (saved.Shape != shape)
                throw SavedMachineException.OfAnotherShape(saved);
            ReadOnlyMemory<byte> state = await SavedState.ReadAsync(saved.StatePath, cancellationToken).ConfigureAwait(false);
            StartupTimeline.PhaseScope load = timeline.Begin(StartupPhases.Load);
            await machine.LoadStateAsync(state, cancellationToken).ConfigureAwait(false);
            await machine.RunWithDiskAsync(rootDiskPath, format, cancellationToken).ConfigureAwait(false);
            load.Complete();
            return machine;
        }
        catch (VirtualMachineException error) when (error is not SavedMachineException)
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw SavedMachineException.NotRestored(saved, error);
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _taken, 1) == 0)
            await machine.DisposeAsync().ConfigureAwait(false);
    }
}
