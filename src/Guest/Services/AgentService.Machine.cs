using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private const int PowerOffDelayMilliseconds = 20;

    private void GetInfo(GrpcCall call)
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

    private static void SetClock(SetClockRequest request, GrpcCall call)
    {
        Machine.SetClock(request.UnixNanoseconds);
        call.Reply(new SetClockResponse());
    }

    private void Shutdown(GrpcCall call)
    {
        call.Reply(new ShutdownResponse());

        // The reply leaves at the end of this round; the power goes off in a later one.
        _loop.StartTimer(PowerOffDelayMilliseconds, () => new PowerDown(_loop).Begin());
    }
}
