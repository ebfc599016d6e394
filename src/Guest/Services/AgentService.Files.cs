using System.Text;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Answers with the status of a file, from a thread: the path may lead to a filesystem whose server is in the container and does not
    /// answer.
    /// </summary>
    private void Stat(StatRequest request, TtrpcCall call)
    {
        byte[] path = Encoding.UTF8.GetBytes(StandardMounts.Absolute(request.Path));
        bool follow = request.FollowSymlink;
        Answer(call, _container.OpenMountNamespace(), () =>
        {
            FileStatus status = FileStatus.Find(path, follow) ?? throw new LinuxException(Errno.ENOENT, $"open {PathText.Of(path)}");
            return new StatResponse
            {
                Mode = status.Mode,
                Size = status.Size,
                Uid = status.User,
                Gid = status.Group,
                ModifiedUnixNanoseconds = status.ModifiedSeconds * 1_000_000_000 + status.ModifiedNanoseconds,
                LinkTarget = status.IsSymbolicLink ? Encoding.UTF8.GetString(PathOperations.ReadLink(path)) : "",
            };
        });
    }
}
