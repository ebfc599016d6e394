using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>Makes the machine one again that has no container. What Bootstrap has given the machine itself, the next one changes.</summary>
    private void Abandon(TtrpcCall call) => _container.Abandon(() =>
    {
        try
        {
            _ = Mounts.TryUnmount(Container.RootMountpoint);

            // The next container's disk comes in the place of this one's, so nothing of this one may stay behind, nor anybody who has it.
            BlockDevices.RequireUnused();
            BlockDevices.DropCaches();
            call.Reply(new AbandonResponse());
        }
        catch (LinuxException error)
        {
            call.Fail(ErrorCodes.Of(error.Error), error.Message);
        }
    });
}
