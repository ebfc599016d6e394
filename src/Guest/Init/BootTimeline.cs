using Islet.Guest.Linux;
using Islet.Protocol.Agent;

namespace Islet.Guest.Init;

/// <summary>The times at which the phases of the agent's start ended.</summary>
internal sealed class BootTimeline
{
    private readonly List<BootPhase> _phases = new(8);

    public IReadOnlyList<BootPhase> Phases => _phases;

    public void Reached(string phase) =>
        _phases.Add(new BootPhase { Name = phase, MonotonicNanoseconds = Machine.ReadClock(Machine.ClockMonotonic) });
}
