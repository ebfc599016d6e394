using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Removes the container, so that the machine can take another. The next Bootstrap changes the settings that this one made on the
    /// machine itself.
    /// </summary>
    private void Abandon(GrpcCall call) => _container.Abandon(() =>
    {
        try
        {
            _ = Mounts.TryUnmount(Container.RootMountpoint);

            // The next container's disk replaces this one's, so nothing of this one may stay behind, nor any process that has it open.
            BlockDevices.RequireUnused();
            BlockDevices.DropCaches();
            call.Reply(new AbandonResponse());
        }
        catch (LinuxException exception)
        {
            call.Fail(ErrorCodes.Of(exception.Error), exception.Message);
        }
    });
}
