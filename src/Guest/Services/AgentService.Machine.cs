using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private const int PowerOffDelayMilliseconds = 20;

    private bool _diskIsFrozen;

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
        };
        info.Phases.Add(_timeline.Phases);
        call.Reply(info);
    }

    private static void SetClock(SetClockRequest request, TtrpcCall call)
    {
        Machine.SetClock(request.UnixNanoseconds);
        call.Reply(new SetClockResponse());
    }

    private void Freeze(TtrpcCall call)
    {
        using Descriptor root = OpenDisk();
        BlockDevices.Sync(root);
        BlockDevices.Freeze(root);
        _diskIsFrozen = true;
        call.Reply(new FreezeResponse());
    }

    private void Thaw(TtrpcCall call)
    {
        using Descriptor root = OpenDisk();
        BlockDevices.Thaw(root);
        _diskIsFrozen = false;
        call.Reply(new ThawResponse());
    }

    private static void Trim(TtrpcCall call)
    {
        using Descriptor root = OpenDisk();
        call.Reply(new TrimResponse { TrimmedBytes = BlockDevices.Trim(root) });
    }

    private static void Sync(TtrpcCall call)
    {
        using Descriptor root = OpenDisk();
        BlockDevices.Sync(root);
        call.Reply(new SyncResponse());
    }

    private void Shutdown(TtrpcCall call)
    {
        call.Reply(new ShutdownResponse());

        // The reply leaves at the end of this round; the rest happens in a later one.
        _loop.StartTimer(PowerOffDelayMilliseconds, () => new PowerDown(_loop).Begin());
    }

    private static Descriptor OpenDisk() => Descriptor.Open(Container.RootMountpoint, OpenFlags.ReadOnly | OpenFlags.Directory);
}
