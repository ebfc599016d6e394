using Islet.Protocol.Agent;
using Islet.Starting;

namespace Islet.Containers;

// The first request to a restored machine: its processes run with the right time, new entropy and their identity.
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

        string reason = await machine.DescribeLossAsync().ConfigureAwait(false);
        if (machine.Machine.Faulted.IsCompleted && await machine.Machine.Faulted.ConfigureAwait(false) is StorageException fault)
            return new StorageException(fault.PlainMessage, fault);

        return new SavedMachineException($"{Blueprint.Name} can't continue from its saved state: {reason}.", exception);
    }
}
