namespace Islet.VirtualMachines.Qemu;

/// <summary>A QEMU that was started with another machine's memory, and has no state yet.</summary>
internal sealed class QemuWaitingMachine(QemuVirtualMachine machine, Launch launch) : IWaitingMachine
{
    private int _taken;

    /// <summary>The id of QEMU's process.</summary>
    public int ProcessId => machine.ProcessId;

    /// <inheritdoc/>
    public Task<VirtualMachineExit> Exited => machine.Exited;

    /// <inheritdoc/>
    public async ValueTask<IVirtualMachine> RestoreAsync(
        SavedMachine saved, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(saved);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeline);
        if (Interlocked.Exchange(ref _taken, 1) != 0)
            throw new InvalidOperationException("This machine was restored or disposed before.");

        try
        {
            if (saved.Shape != launch.Shape)
                throw SavedMachineException.OfAnotherShape(saved);
            if (!launch.DiskAttachedLater && options.RootDisk != launch.Options.RootDisk)
                throw new ArgumentException($"This machine was spawned with the disk {launch.Options.RootDisk?.Path}.", nameof(options));
            ReadOnlyMemory<byte> state = await SavedState.ReadAsync(saved.StatePath, cancellationToken).ConfigureAwait(false);
            StartupTimeline.PhaseScope load = timeline.Begin(StartupPhases.Load);
            await machine.ContinueConsoleAsync(saved.StatePath, cancellationToken).ConfigureAwait(false);
            await machine.LoadStateAsync(state, cancellationToken).ConfigureAwait(false);
            if (launch.DiskAttachedLater)
                await machine.RunWithDiskAsync(options.RootDisk, cancellationToken).ConfigureAwait(false);
            else
                await machine.RunAsync(cancellationToken).ConfigureAwait(false);
            machine.Rename(options.Name);
            load.Complete();
            return machine;
        }
        catch (VirtualMachineException exception) when (exception is not SavedMachineException)
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw SavedMachineException.NotRestored(saved, exception);
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
