using Google.Protobuf;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private void Mount(MountRequest request, TtrpcCall call)
    {
        MountSpec mount = request.Mount ?? throw new TtrpcException(StatusCode.InvalidArgument, "the request describes no mount");
        string target = StandardMounts.Absolute(mount.Target);
        MountOptions options = MountOptions.Parse(mount.Options);
        if (mount.Type == "bind" || options.Flags.HasFlag(MountFlags.Bind))
        {
            InContainer(call, new MountResponse(), () => Bind(mount.Source, target, options));
            return;
        }

        string source = mount.Source.Length > 0 ? mount.Source : mount.Type;
        if (_container.First is null)
            throw Container.NotRunning();
        Descriptor tree = DetachedMount.Create(source, mount.Type, options.Flags, options.Data);
        InContainer(call, new MountResponse(), () =>
        {
            using Descriptor attached = tree;
            PathOperations.MakeDirectories(target);
            DetachedMount.Attach(attached, target);
        });
    }

    private void Unmount(UnmountRequest request, TtrpcCall call)
    {
        string target = StandardMounts.Absolute(request.Target);
        InContainer(call, new UnmountResponse(), () => Mounts.Unmount(target));
    }

    private static void Bind(string source, string target, MountOptions options)
    {
        FileStatus status = FileStatus.Find(StandardMounts.Absolute(source), followLink: true)
            ?? throw new LinuxException(Errno.ENOENT, $"bind {source}");
        if (status.IsDirectory)
            PathOperations.MakeDirectories(target);
        else if (FileStatus.Find(target, followLink: true) is null)
            Descriptor.Open(target, OpenFlags.WriteOnly | OpenFlags.Create, 0x1A4).Dispose();

        // mount(2) sets the flags of a bind mount only in a second call.
        Mounts.Mount(source, target, null, MountFlags.Bind | options.Flags & MountFlags.Recursive);
        Mounts.Mount(null, target, null, MountFlags.Bind | MountFlags.Remount | options.Flags & ~MountFlags.Recursive);
    }

    /// <summary>Works in the container's mount namespace, which takes a separate thread, and answers when it is done.</summary>
    private void InContainer(TtrpcCall call, IMessage done, Action work)
    {
        if (_container.First is null)
            throw Container.NotRunning();
        Answer(call, _container.OpenMountNamespace(), () =>
        {
            work();
            return done;
        });
    }

    /// <summary>
    /// Works on a thread that sees the container's files, and answers when it is done: a disk, or a filesystem that the container has
    /// mounted, may be slow.
    /// </summary>
    private void Answer(TtrpcCall call, Descriptor? mountNamespace, Func<IMessage> work)
    {
        ContainerThread.Run(mountNamespace, Container.RootMountpoint, () =>
        {
            IMessage answer = work();
            _loop.Post(() => call.Reply(answer));
        }, Fail);

        void Fail(Exception error) => _loop.Post(() =>
        {
            if (error is TtrpcException told)
                call.Fail(told.Code, told.Message);
            else if (error is LinuxException linux)
                call.Fail(ErrorCodes.Of(linux.Error), linux.Message);
            else
                call.Fail(StatusCode.Internal, $"the agent failed: {error.GetType().Name}: {error.Message}");
        });
    }
}
