using Google.Protobuf;
using Grpc.Core;
using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    // The disk ends with its machine, so protection against a power failure is of no use: the host ignores flushes anyway. Nothing is done
    // ahead of time either: the machine may be a copy of another, which would have to do all of it again. The space of deleted files is
    // given back to the host.
    private const string Ext4Options = "nobarrier,noinit_itable,no_prefetch_block_bitmaps,discard";

    /// <summary>
    /// Does everything between "the VM runs" and "the container's process runs", each step before the ones that need it. Without a disk, it
    /// does only the steps before that: a machine that becomes a template gets the settings that all its clones share. The next call leaves
    /// those alone that it finds as it wants them.
    /// </summary>
    private void Bootstrap(BootstrapRequest request, GrpcCall call)
    {
        if (_container.IsBootstrapped)
            throw new GrpcException(StatusCode.FailedPrecondition, "the machine has its container already");

        var timeline = new BootTimeline();

        // First of all: clones of one template share the state of the random number generator, and every later step may draw from it.
        if (request.Entropy.Length > 0)
            _random.Add(request.Entropy.Span);
        if (request.ClockUnixNanoseconds != 0)
            Machine.SetClock(request.ClockUnixNanoseconds);
        timeline.Reached("identity");

        if (request.Network?.Hostname is { Length: > 0 } hostname)
            Machine.SetHostname(hostname);
        _network.Configure(request.Network ?? new Protocol.Agent.Network());
        foreach (HostPort port in request.Network?.HostPorts ?? [])
            _hostPorts.Listen(port);
        timeline.Reached("network");

        _container.Limit(request.Resources ?? new Resources());
        timeline.Reached("limits");

        if (request.Root is null && request.Process is null)
        {
            Rehearse();
            AgentMemory.MakeResident();
            call.Reply(Answer(timeline, pid: 0));
            return;
        }

        RootDirectory root = MountDisk(request.Root);
        timeline.Reached("disk");

        if (request.Network is not null)
            NetworkFiles.Write(root, request.Network);
        ContainerIdentity identity = ContainerIdentity.Establish(root, request);
        timeline.Reached("files");

        _container.Establish(request, root, identity);

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

    /// <summary>Initializes the message types of the first calls in a clone.</summary>
    private static void Rehearse()
    {
        var bootstrap = new BootstrapRequest
        {
            Root = new Root(),
            Mounts = { new MountSpec() },
            Sysctls = { new Sysctl() },
            Process = new ProcessSpec { Seccomp = new Seccomp(), Rlimits = { new Rlimit() } },
        };
        _ = BootstrapRequest.Parser.ParseFrom(bootstrap.ToByteArray());
        _ = RenewRequest.Parser.ParseFrom(new RenewRequest { MachineId = "id" }.ToByteArray());
        _ = OpenStreamRequest.Parser.ParseFrom(new OpenStreamRequest { Stdio = new StdioStream { ProcessId = "id" } }.ToByteArray());
        _ = WaitProcessRequest.Parser.ParseFrom(new WaitProcessRequest { Id = "id" }.ToByteArray());
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
            throw new GrpcException(StatusCode.InvalidArgument, "the request names no disk for the root");

        // Writable here, even for a read-only root: files are written to it before the container starts. The container's view becomes
        // read-only with its start.
        MountOptions options = MountOptions.Parse(disk.Options);
        string data = disk.Filesystem != "ext4" ? options.Data : options.Data.Length == 0 ? Ext4Options : $"{Ext4Options},{options.Data}";
        Mounts.Mount(disk.Device, Container.RootMountpoint, disk.Filesystem, options.Flags & ~MountFlags.ReadOnly | MountFlags.Silent,
            data);
        return RootDirectory.Open(Container.RootMountpoint);
    }
}
