using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Makes the machine ready to be saved. The processes are paused first: the data that they have written by then is on the disk and in
    /// their pipes, and does not grow.
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

    // The agent continues meanwhile: on a slow disk it takes some time to write all data.
    private void Settle(TtrpcCall call)
    {
        int freeze = _container.FreezeNumber;
        ContainerThread.Run(null, Container.RootMountpoint, () =>
        {
            using (Descriptor root = Descriptor.Open("/", OpenFlags.ReadOnly | OpenFlags.Directory))
                BlockDevices.Sync(root);
            _loop.Post(() => Finish(null));
        }, error => _loop.Post(() => Finish(error)));

        void Finish(Exception? error)
        {
            // The host may have given up and resumed the container: then its output continues too.
            if (freeze != _container.FreezeNumber)
            {
                call.Fail(StatusCode.Aborted, "the container was let go on before its disk was written");
                return;
            }

            if (error is not null)
            {
                _container.Thaw();
                call.Fail(error is LinuxException linux ? ErrorCodes.Of(linux.Error) : StatusCode.Internal, error.Message);
                return;
            }

            // The answer takes the same way as the output and follows it: a host that has the answer has the output. Output that the host
            // had no room for stays in the pipes, and with them in the saved machine.
            _container.DetachOutput();
            call.Reply(new QuiesceResponse());
        }
    }
}
