using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Everything between "the VM runs" and "the container's process runs", in the order in which each needs the one before.
    /// </summary>
    private void Bootstrap(BootstrapRequest request, TtrpcCall call)
    {
        if (_container.IsBootstrapped)
            throw new TtrpcException(StatusCode.FailedPrecondition, "the machine has its container already");

        var timeline = new BootTimeline();

        // First of all: clones of one template have the same generator, and everything after this may draw from it.
        if (request.Entropy.Length > 0)
            Machine.AddEntropy(request.Entropy.Span);
        if (request.ClockUnixNanoseconds != 0)
            Machine.SetClock(request.ClockUnixNanoseconds);
        timeline.Reached("identity");

        if (request.Network?.Hostname is { Length: > 0 } hostname)
            Machine.SetHostname(hostname);
        if (request.Network is not null)
            NetworkSetup.Configure(request.Network);
        timeline.Reached("network");

        RootDirectory root = MountDisk(request.Root);
        timeline.Reached("disk");

        bool runIsEmpty = IsEmptyOrMissing(Container.RootMountpoint + "/run");
        if (request.Network is not null)
            NetworkSetup.WriteFiles(root, request.Network);
        ContainerIdentity identity = ContainerIdentity.Establish(root, request);
        timeline.Reached("files");

        foreach (BinaryFormat format in request.BinaryFormats)
            BinaryFormats.Register(format.Registration);
        ControlGroup.Limit(request.Resources ?? new Resources());
        _container.Adopt(request, root, identity, runIsEmpty);
        timeline.Reached("limits");

        if (request.Process is null)
        {
            call.Reply(Answer(timeline, pid: 0));
            return;
        }

        _container.Create(request.Process, request.Start, (process, failure) =>
        {
            timeline.Reached(request.Start ? "started" : "prepared");
            if (failure is null)
                call.Reply(Answer(timeline, process.Pid));
            else
                call.Fail(failure.Code, failure.Message);
        });
        timeline.Reached("forked");
    }

    private static BootstrapResponse Answer(BootTimeline timeline, int pid)
    {
        var response = new BootstrapResponse { Pid = pid };
        response.Phases.Add(timeline.Phases);
        return response;
    }

    private static RootDirectory MountDisk(Root? disk)
    {
        if (disk is null)
            throw new TtrpcException(StatusCode.InvalidArgument, "the request names no disk for the root");

        if (disk.Device.StartsWith("/dev/", StringComparison.Ordinal))
            BlockDevices.DropCache(disk.Device);

        // Writable here, also for a read-only root: files are written into it before the container starts. What the container
        // sees becomes read-only with its start.
        MountOptions options = MountOptions.Parse(disk.Options);
        Mounts.Mount(disk.Device, Container.RootMountpoint, disk.Filesystem, options.Flags & ~MountFlags.ReadOnly, options.Data);
        return RootDirectory.Open(Container.RootMountpoint);
    }

    private static bool IsEmptyOrMissing(string directory)
    {
        if (FileStatus.Find(directory, followLink: false) is not { } status)
            return true;
        if (!status.IsDirectory)
            return false;
        foreach (string _ in Directory.EnumerateFileSystemEntries(directory))
            return false;
        return true;
    }
}
