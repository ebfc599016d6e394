using System.Diagnostics;
using System.Globalization;

namespace Islet;

/// <summary>One named part of a start.</summary>
/// <param name="Name">image, disk, boot, agent, process, ready …: see <see cref="StartupPhases"/>.</param>
/// <param name="Start">When it began, from the beginning of the start.</param>
/// <param name="Duration">How long it took; <see langword="null"/> while it is under way or when it failed.</param>
public readonly record struct StartupPhase(string Name, TimeSpan Start, TimeSpan? Duration);

/// <summary>The names of the phases that Islet itself records.</summary>
public static class StartupPhases
{
    /// <summary>The image's manifest, configuration and layers are in the content store.</summary>
    public const string Image = "image";

    /// <summary>The image's ext4 file exists, and the machine's overlay on it.</summary>
    public const string Disk = "disk";

    /// <summary>From the spawn of the virtual machine's process until the kernel has started the agent.</summary>
    public const string Boot = "boot";

    /// <summary>Before a restore: the saved memory is copied, for a machine that will be frozen again.</summary>
    public const string Memory = "memory";

    /// <summary>In place of a boot: from the spawn of the virtual machine's process until it takes commands.</summary>
    public const string Spawn = "spawn";

    /// <summary>In place of a boot: the saved machine's state is loaded, and the virtual CPUs run.</summary>
    public const string Load = "load";

    /// <summary>Until the connection for calls to the agent is open.</summary>
    public const string Agent = "agent";

    /// <summary>Until the container's process has been started: bootstrap, copies, exec.</summary>
    public const string Process = "process";

    /// <summary>In place of a process: the restored container was given its own identity and the time, and its process goes on.</summary>
    public const string Renew = "renew";

    /// <summary>Until every wait strategy is satisfied.</summary>
    public const string Ready = "ready";

    /// <summary>Before a freeze: clients' connections are closed, and the container's processes stand still.</summary>
    public const string Quiesce = "quiesce";

    /// <summary>The machine's state is written, and its memory where it has no file of its own.</summary>
    public const string Freeze = "freeze";

    /// <summary>What was frozen becomes a checkpoint that others can see.</summary>
    public const string Publish = "publish";

    /// <summary>After the first warm start: the ready container is frozen for the later ones.</summary>
    public const string Keep = "keep";
}

/// <summary>How a start went: which phases, when, and for how long. Safe to read while the start is under way.</summary>
public sealed class StartupTimeline
{
    private readonly Lock _lock = new();
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly List<StartupPhase> _phases = [];
    private readonly Action<StartupPhase>? _changed;

    /// <summary>Begins a timeline now.</summary>
    /// <param name="changed">Called when a phase begins (no duration yet) and when it ends, on the thread that did so.</param>
    public StartupTimeline(Action<StartupPhase>? changed = null) => _changed = changed;

    /// <summary>The time since the beginning of the start.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_origin);

    /// <summary>The phases in the order they began.</summary>
    public IReadOnlyList<StartupPhase> Phases
    {
        get
        {
            lock (_lock)
                return [.. _phases];
        }
    }

    /// <summary>Begins a phase; <see cref="PhaseScope.Complete"/> ends it. A phase that fails is left without a duration.</summary>
    public PhaseScope Begin(string name)
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

    /// <summary><c>image 12 ms, disk 3 ms, boot 840 ms, agent …</c></summary>
    public override string ToString() =>
        string.Join(", ", Phases.Select(phase => phase.Duration is { } duration
            ? string.Create(CultureInfo.InvariantCulture, $"{phase.Name} {duration.TotalMilliseconds:0} ms")
            : phase.Name + " (not finished)"));

    /// <summary>A phase under way. <see cref="Complete"/> ends it; leaving it uncompleted records a failed phase.</summary>
    public readonly struct PhaseScope
    {
        private readonly StartupTimeline _timeline;
        private readonly int _index;

        internal PhaseScope(StartupTimeline timeline, int index)
        {
            _timeline = timeline;
            _index = index;
        }

        /// <summary>The phase is over and has succeeded.</summary>
        public void Complete() => _timeline.End(_index);
    }
}
