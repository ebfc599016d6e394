
using Islet.Agent;

namespace Islet.VirtualMachines.Qemu;

/// <summary>A machine that is restored and halted, with a placeholder for its disk.</summary>
internal sealed class QemuPooledMachine(QemuVirtualMachine machine) : IPooledMachine
{
    private int _taken;

    /// <summary>The machine itself.</summary>
    public QemuVirtualMachine Machine => machine;

    /// <inheritdoc/>
    public Task<VirtualMachineExit> Exited => machine.Exited;

    /// <inheritdoc/>
    public async ValueTask RehearseAsync(
        DiskImage below, Func<IGuestChannel, CancellationToken, Task> rehearsal, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rehearsal);
        await machine.RunWithStandInAsync(below, cancellationToken).ConfigureAwait(false);
        await rehearsal(machine.Channel, cancellationToken).ConfigureAwait(false);
        await machine.PauseAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IVirtualMachine> StartAsync(
        DiskImage? below, StartupTimeline timeline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        if (Interlocked.Exchange(ref _taken, 1) != 0)
            throw new InvalidOperationException("This machine was started or disposed before.");

        StartupTimeline.PhaseScope load = timeline.Begin(StartupPhases.Load);
        try
        {
            await machine.RunWithDiskAsync(below, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        load.Complete();
        return machine;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _taken, 1) == 0)
            await machine.DisposeAsync().ConfigureAwait(false);
    }
}
