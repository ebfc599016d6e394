using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private readonly List<TtrpcCall> _watchers = [];

    private void WatchEvents(TtrpcCall call)
    {
        _watchers.Add(call);
        call.Cancelled = () => _watchers.Remove(call);
    }

    private void TellProcessEnded(ProcessExit exit) =>
        Tell(new Event { UnixNanoseconds = exit.ExitedAtUnixNanoseconds, ProcessExit = exit });

    private void TellOutOfMemory(ulong kills) => Tell(new Event
    {
        UnixNanoseconds = Machine.ReadClock(Machine.ClockRealtime),
        OutOfMemory = new OutOfMemory { Kills = kills },
    });

    private void Tell(Event happened)
    {
        for (int i = _watchers.Count - 1; i >= 0; i--)
        {
            _watchers[i].Send(happened);

            // A call that did not ask for a stream fails at its first message.
            if (_watchers[i].IsEnded)
                _watchers.RemoveAt(i);
        }
    }
}
