using Islet.Snapshots;
using Islet.Starting;

namespace Islet.Containers;

// The steps that checkpoints, forks and roll-backs share: the container continues in a restored machine.
internal sealed partial class ContainerCore
{
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
