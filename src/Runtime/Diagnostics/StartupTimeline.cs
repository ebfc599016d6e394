using System.Diagnostics;
using System.Globalization;

namespace Islet;

/// <summary>One named part of a start.</summary>
/// <param name="Name">The name: image, disk, boot, agent, process, ready …: see <see cref="StartupPhases"/>.</param>
/// <param name="Start">The time from the beginning of the start to the beginning of the phase.</param>
/// <param name="Duration">The duration; <see langword="null"/> while the phase is in progress or if it failed.</param>
public readonly record struct StartupPhase(string Name, TimeSpan Start, TimeSpan? Duration);

/// <summary>The names of the phases that Islet itself records.</summary>
public static class StartupPhases
{
    /// <summary>The phase that brings the image's manifest, configuration and layers into the content store.</summary>
    public const string Image = "image";

    /// <summary>The phase that creates the image's ext4 file, and the machine's overlay on it.</summary>
    public const string Disk = "disk";

    /// <summary>The phase from the spawn of the virtual machine's process until the kernel has started the agent.</summary>
    public const string Boot = "boot";

    /// <summary>The phase before a restore that copies the saved memory, for a machine that will be saved again.</summary>
    public const string Memory = "memory";

    /// <summary>The phase, instead of a boot, from the spawn of the virtual machine's process until it accepts commands.</summary>
    public const string Spawn = "spawn";

    /// <summary>The phase, instead of a boot, that loads the saved machine's state, until the virtual CPUs run.</summary>
    public const string Load = "load";

    /// <summary>The phase until the connection for calls to the agent is open.</summary>
    public const string Agent = "agent";

    /// <summary>The phase until the container's process has been started: bootstrap, copies, exec.</summary>
    public const string Process = "process";

    /// <summary>
    /// The phase, instead of a process, that gives the restored container its own identity and the time, and resumes its process.
    /// </summary>
    public const string Renew = "renew";

    /// <summary>The phase until every wait strategy is satisfied.</summary>
    public const string Ready = "ready";

    /// <summary>The phase before a save that closes clients' connections and pauses the container's processes.</summary>
    public const string Quiesce = "quiesce";

    /// <summary>The phase that writes the machine's state, and its memory if the memory has no file of its own.</summary>
    public const string Save = "save";

    /// <summary>The phase that makes the saved machine a checkpoint that others can see.</summary>
    public const string Publish = "publish";

    /// <summary>The phase after the first warm start that saves the ready container for later ones.</summary>
    public const string Keep = "keep";
}

/// <summary>The timeline of a start: its phases, their beginnings and durations. Safe to read while the start is in progress.</summary>
public sealed class StartupTimeline
{
    private readonly Lock _lock = new();
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly List<StartupPhase> _phases = [];
    private readonly Action<StartupPhase>? _changed;

    /// <summary>Begins a timeline now.</summary>
    /// <param name="changed">Called when a phase begins (no duration yet) and when it ends, on the thread that began or ended it.</param>
    internal StartupTimeline(Action<StartupPhase>? changed = null) => _changed = changed;

    /// <summary>The time since the beginning of the start.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_origin);

    /// <summary>The phases in the order in which they began.</summary>
    public IReadOnlyList<StartupPhase> Phases
    {
        get
        {
            lock (_lock)
                return [.. _phases];
        }
    }

    /// <summary>Begins a phase; <see cref="PhaseScope.Complete"/> ends it. A phase that fails is left without a duration.</summary>
    internal PhaseScope Begin(string name)
    {
        var phase = new StartupPhase(name, Elapsed, null);
        int index;
        lock (_lock)
        {
            index = _phases.Count;
            _phases.Add(phase);
        }

        _changed?.Invoke(phase);
        return new PhaseScope(this, index);
    }

    private void End(int index)
    {
        StartupPhase phase;
        lock (_lock)
        {
            if (_phases[index].Duration is not null)
                return;

            phase = _phases[index] with { Duration = Elapsed - _phases[index].Start };
            _phases[index] = phase;
        }

        _changed?.Invoke(phase);
    }

    /// <summary>Returns <c>image 12 ms, disk 3 ms, boot 840 ms, agent …</c>.</summary>
    public override string ToString() =>
        string.Join(", ", Phases.Select(phase => phase.Duration is { } duration
            ? string.Create(CultureInfo.InvariantCulture, $"{phase.Name} {duration.TotalMilliseconds:0} ms")
            : phase.Name + " (not finished)"));

    /// <summary>A phase in progress. <see cref="Complete"/> ends it; leaving it uncompleted records a failed phase.</summary>
    internal readonly struct PhaseScope
    {
        private readonly StartupTimeline _timeline;
        private readonly int _index;

        internal PhaseScope(StartupTimeline timeline, int index)
        {
            _timeline = timeline;
            _index = index;
        }

        /// <summary>Records that the phase has succeeded and is over.</summary>
        public void Complete() => _timeline.End(_index);
    }
}
