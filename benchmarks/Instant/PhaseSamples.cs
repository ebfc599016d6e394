namespace Islet.Benchmarks;

/// <summary>The samples of one figure, and of the parts that make it up.</summary>
internal sealed class PhaseSamples(string name)
{
    private readonly List<double> _totals = [];
    private readonly List<string> _order = [];
    private readonly Dictionary<string, List<double>> _phases = [];

    /// <summary>Adds one run.</summary>
    /// <param name="total">The time from the call to the useful answer, in milliseconds.</param>
    /// <param name="timeline">The library's timeline of the run.</param>
    /// <param name="client">The time that the client needed after that, in milliseconds.</param>
    public void Add(double total, StartupTimeline timeline, double? client = null)
    {
        _totals.Add(total);
        foreach (StartupPhase phase in timeline.Phases)
            AddPart(phase.Name, phase.Duration!.Value.TotalMilliseconds);
        if (client is { } milliseconds)
            AddPart("client", milliseconds);
    }

    public void WriteTo(Report report)
    {
        report.Add(name, "ms", _totals);
        foreach (string phase in _order)
            report.Add($"{name}.{phase}", "ms", _phases[phase]);
    }

    private void AddPart(string phase, double milliseconds)
    {
        if (!_phases.TryGetValue(phase, out List<double>? samples))
        {
            _phases.Add(phase, samples = []);
            _order.Add(phase);
        }

        samples.Add(milliseconds);
    }
}
