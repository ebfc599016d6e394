using Islet.Snapshots;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet.Containers;

/// <summary>Rolls a container back: a machine that is restored from a snapshot replaces the present one.</summary>
internal sealed class RollBackSequence(ContainerCore container, StartupTimeline timeline)
{
    /// <summary>Rolls the container back. If that fails, it is as it was.</summary>
    /// <param name="baseSnapshot">The snapshot to roll back to. Owned from here on.</param>
    /// <param name="verify">Whether the snapshot's content may have been damaged since it was made.</param>
    /// <param name="cancellationToken">Cancels the call as long as the present machine has not been replaced.</param>
    public async Task RunAsync(SnapshotLease baseSnapshot, bool verify, CancellationToken cancellationToken)
    {
        LifecycleState before = container.Status.BeginReplacement();
        MachineConnection? restored = null;
        try
        {
            await container.Ports.CloseClientsAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            restored = await RestoreAsync(baseSnapshot, verify, cancellationToken).ConfigureAwait(false);
            await container.RenewAsync(
                restored, Renewal.Create(container.Clock.Time, container.Identity), timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (restored is not null)
                await restored.DisposeAsync().ConfigureAwait(false);
            baseSnapshot.Dispose();
            container.Ports.ResumeAccepting();
            container.Status.Return(before);
            container.Calls.AddEvidence(exception);
            throw;
        }

        container.Status.Timeline = timeline;
        await container.ReplaceMachineAsync(restored, baseSnapshot, isSameRun: false).ConfigureAwait(false);
    }

    private async Task<MachineConnection> RestoreAsync(SnapshotLease baseSnapshot, bool verify, CancellationToken cancellationToken)
    {
        IVirtualMachine machine = await container.Engine.Restorer.RestoreAsync(
            baseSnapshot, container.Blueprint.MachineOn(baseSnapshot), verify, timeline, cancellationToken).ConfigureAwait(false);
        return await MachineConnection.ConnectAsync(container.Engine, container.Blueprint, machine, timeline).ConfigureAwait(false);
    }
}
