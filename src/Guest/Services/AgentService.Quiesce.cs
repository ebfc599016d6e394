using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Makes the machine ready to be saved. The processes are paused first: the data that they have written by then is on the disk and in
    /// their pipes, and does not grow.
    /// </summary>
    private void Quiesce(GrpcCall call)
    {
        _ = _container.Identity;
        _container.PauseProcesses(failure =>
        {
            if (failure is null)
                Settle(call);
            else
                call.Fail(failure.Code, failure.Message);
        });
    }

    // The agent continues meanwhile: on a slow disk it takes some time to write all data.
    private void Settle(GrpcCall call)
    {
        int resumes = _container.ResumeCount;
        ContainerThread.Run(null, Container.RootMountpoint, () =>
        {
            using (Descriptor root = Descriptor.Open("/", OpenFlags.ReadOnly | OpenFlags.Directory))
                BlockDevices.Sync(root);
            _loop.Post(() => Finish(null));
        }, error => _loop.Post(() => Finish(error)));

        void Finish(Exception? error)
        {
            // The host may have given up and resumed the container: then its output continues too.
            if (resumes != _container.ResumeCount)
            {
                call.Fail(StatusCode.Aborted, "the processes were resumed before the disk was written");
                return;
            }

            if (error is not null)
            {
                _container.ResumeProcesses();
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
