using Islet.Protocol.Agent;
using Islet.Snapshots;
using Islet.Starting;

namespace Islet.Containers;

// The steps that checkpoints, forks and roll-backs share: the container continues in a restored machine.
internal sealed partial class ContainerCore
{
    /// <summary>Lets the processes of a restored machine run, with their new entropy, time and identity.</summary>
    /// <exception cref="SavedMachineException">The agent refuses, or the machine ended.</exception>
    /// <exception cref="StorageException">The machine ended because a file of it found no space.</exception>
    public async Task RenewAsync(
        MachineConnection machine, RenewRequest request, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Renew);
        try
        {
            await machine.Agent.RenewAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw new SavedMachineException($"{Blueprint.Name} can't continue from its saved state: {exception.Message}.", exception);
        }
        catch (IOException exception)
        {
            throw await ExplainLostRenewalAsync(exception, machine).ConfigureAwait(false);
        }

        phase.Complete();
    }

    // The restored machine is lost, not the container: a checkpoint or a roll-back goes back to the machine before.
    private async Task<Exception> ExplainLostRenewalAsync(IOException exception, MachineConnection machine)
    {
        if (Status.IsDisposing)
            return await Calls.ExplainLossAsync(exception, machine).ConfigureAwait(false);

        await machine.WaitForEndAfterLossAsync().ConfigureAwait(false);
        if (machine.Machine.Faulted.IsCompleted && await machine.Machine.Faulted.ConfigureAwait(false) is StorageException fault)
            return new StorageException(fault.PlainMessage, fault);

        string reason = machine.Machine.Exited.IsCompleted
            ? (await machine.Machine.Exited.ConfigureAwait(false)).Description
            : "the connection to its agent was lost";
        return new SavedMachineException($"{Blueprint.Name} can't continue from its saved state: {reason.TrimEnd('.')}.", exception);
    }

    /// <summary>Replaces the present machine with another. The present one is ended in the background.</summary>
    /// <param name="machine">The new machine, whose processes run.</param>
    /// <param name="baseSnapshot">The snapshot that it is based on.</param>
    /// <param name="isSameRun">Whether it continues where the present machine stopped; otherwise the container was rolled back.</param>
    public async Task ReplaceMachineAsync(MachineConnection machine, SnapshotLease baseSnapshot, bool isSameRun)
    {
        MachineConnection replaced = Status.Replace(machine, isSameRun);
        try
        {
            machine.ForwardHostPorts(Options.HostPorts, _logger);
            using var limit = new CancellationTokenSource(GuestCalls.LongestAnswer);
            await Process.FollowOutputAsync(machine, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (GuestCalls.IsLoss(exception))
        {
            // The new machine has ended already, or its agent answers no more: the next call to it reports that.
        }
        finally
        {
            Process.ObserveEnd(machine);
            Ports.ResumeAccepting();
            Base.Replace(baseSnapshot, replaced);
            Status.RunOrStop();
        }
    }
}
