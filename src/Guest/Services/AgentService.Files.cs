using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private void Stat(StatRequest request, TtrpcCall call)
    {
        int follow = request.FollowSymlink ? 0 : OpenFlags.NoFollow;
        using Descriptor file = _container.Root.Open(StandardMounts.Absolute(request.Path), OpenFlags.PathOnly | follow);
        FileStatus status = FileStatus.Of(file);
        call.Reply(new StatResponse
        {
            Mode = status.Mode,
            Size = status.Size,
            Uid = status.User,
            Gid = status.Group,
            ModifiedUnixNanoseconds = status.ModifiedSeconds * 1_000_000_000 + status.ModifiedNanoseconds,
            LinkTarget = status.IsSymbolicLink ? file.ReadLink() : "",
        });
    }
}
