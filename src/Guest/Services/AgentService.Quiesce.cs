using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Makes the machine ready to be frozen. The processes stand still first: what they have written by then is on the disk and in
    /// their pipes, and does not become more.
    /// </summary>
    private void Quiesce(TtrpcCall call)
    {
        _ = _container.Identity;
        _container.Freeze(failure =>
        {
            if (failure is null)
                Settle(call);
            else
                call.Fail(failure.Code, failure.Message);
        });
    }

    private void Settle(TtrpcCall call)
    {
        try
        {
            using Descriptor root = OpenDisk();
            BlockDevices.Sync(root);
        }
        catch (LinuxException error)
        {
            _container.Thaw();
            call.Fail(ErrorCodes.Of(error.Error), error.Message);
            return;
        }

        // The answer goes the same way as the output and after it: a host that has the one has the other. What it had no room for
        // stays in the pipes, and with them in the frozen machine.
        _container.DetachOutput();
        call.Reply(new QuiesceResponse());
    }
}
