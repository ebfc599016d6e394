using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Answers with the status of a file, from a thread: the path may lead to a filesystem whose server is in the container and does not
    /// answer.
    /// </summary>
    private void Stat(StatRequest request, GrpcCall call)
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

    /// <summary>
    /// Works on a thread that sees the container's files, and answers when it is done: a disk, or a filesystem that the container has
    /// mounted, may be slow.
    /// </summary>
    private void Answer(GrpcCall call, Descriptor? mountNamespace, Func<IMessage> work)
    {
        ContainerThread.Run(mountNamespace, Container.RootMountpoint, () =>
        {
            IMessage answer = work();
            _loop.Post(() => call.Reply(answer));
        }, Fail);

        void Fail(Exception error) => _loop.Post(() =>
        {
            if (error is GrpcException told)
                call.Fail(told.Code, told.Message);
            else if (error is LinuxException linux)
                call.Fail(ErrorCodes.Of(linux.Error), linux.Message);
            else
                call.Fail(StatusCode.Internal, $"the agent failed: {error.GetType().Name}: {error.Message}");
        });
    }
}
