using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private const int PowerOffDelayMilliseconds = 20;

    private volatile bool _diskIsFrozen;

    private void GetInfo(TtrpcCall call)
    {
        (string release, string machine) = Machine.ReadNames();
        var info = new GetInfoResponse
        {
            AgentVersion = typeof(AgentService).Assembly.GetName().Version!.ToString(3),
            KernelRelease = release,
            Machine = machine,
            BootTimeUnixNanoseconds = Machine.ReadClock(Machine.ClockRealtime) - Machine.ReadClock(Machine.ClockMonotonic),
            MemoryBytes = Machine.ReadMemoryBytes(),
            Threads = (uint)Directory.GetFileSystemEntries("/proc/self/task").Length,
            Descriptors = (uint)Directory.GetFileSystemEntries("/proc/self/fd").Length,
        };
        info.Phases.Add(_timeline.Phases);
        call.Reply(info);
    }

    private static void SetClock(SetClockRequest request, TtrpcCall call)
    {
        Machine.SetClock(request.UnixNanoseconds);
        call.Reply(new SetClockResponse());
    }

    // Operations that write run on threads: a slow disk must not make the machine look as if it hung.
    private void Freeze(TtrpcCall call) => Answer(call, null, () =>
    {
        using Descriptor root = OpenDiskItself();
        BlockDevices.Sync(root);
        BlockDevices.Freeze(root);
        _diskIsFrozen = true;
        return new FreezeResponse();
    });

    private void Thaw(TtrpcCall call)
    {
        using Descriptor root = OpenDisk();
        BlockDevices.Thaw(root);
        _diskIsFrozen = false;
        call.Reply(new ThawResponse());
    }

    private void Trim(TtrpcCall call) => Answer(call, null, () =>
    {
        using Descriptor root = OpenDiskItself();
        return new TrimResponse { TrimmedBytes = BlockDevices.Trim(root) };
    });

    private void Sync(TtrpcCall call) => Answer(call, null, () =>
    {
        using Descriptor root = OpenDiskItself();
        BlockDevices.Sync(root);
        return new SyncResponse();
    });

    private void Shutdown(TtrpcCall call)
    {
        call.Reply(new ShutdownResponse());

        // The reply leaves at the end of this round; the power goes off in a later one.
        _loop.StartTimer(PowerOffDelayMilliseconds, () => new PowerDown(_loop).Begin());
    }

    // For a thread that works on the bare disk.
    private static Descriptor OpenDiskItself() => Descriptor.Open("/", OpenFlags.ReadOnly | OpenFlags.Directory);

    private static Descriptor OpenDisk() => Descriptor.Open(Container.RootMountpoint, OpenFlags.ReadOnly | OpenFlags.Directory);
}
