using System.Diagnostics.Metrics;

namespace Islet.Diagnostics;

/// <summary>
/// The counters and measurements of Islet, listed in docs/design/diagnostics.md. Names and units follow OpenTelemetry's conventions.
/// </summary>
internal static class IsletMetrics
{
    // A restore takes milliseconds, a pull minutes.
    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static int s_running;

    static IsletMetrics() => IsletInstrumentation.Meter.CreateObservableUpDownCounter(
        "islet.machine.count", static () => Volatile.Read(ref s_running), "{machine}", "Machines of containers that run now.");

    public static Histogram<double> PhaseDuration { get; } = IsletInstrumentation.Meter.CreateHistogram(
        "islet.container.start.duration", "s", "How long each phase of the start of a container took.", tags: null, s_seconds);

    public static Histogram<double> OperationDuration { get; } = IsletInstrumentation.Meter.CreateHistogram(
        "islet.container.operation.duration", "s", "How long a start, checkpoint, fork, roll-back or restart took as a whole.", tags: null,
        s_seconds);

    public static Counter<long> Starts { get; } = IsletInstrumentation.Meter.CreateCounter<long>(
        "islet.container.starts", "{container}", "Containers that were started or forked.");

    public static Counter<long> StartFailures { get; } = IsletInstrumentation.Meter.CreateCounter<long>(
        "islet.container.start.failures", "{container}", "Starts and forks that failed or were cancelled.");

    public static Counter<long> Crashes { get; } = IsletInstrumentation.Meter.CreateCounter<long>(
        "islet.machine.crashes", "{machine}", "Machines that ended without having been asked to.");

    public static Counter<long> Restores { get; } = IsletInstrumentation.Meter.CreateCounter<long>(
        "islet.machine.restores", "{machine}", "Machines that were restored instead of booted.");

    public static Counter<long> RefusedSnapshots { get; } = IsletInstrumentation.Meter.CreateCounter<long>(
        "islet.snapshot.refusals", "{snapshot}", "Snapshots that could not be used: damaged, gone, or of another kind of machine.");

    /// <summary>Whether a listener wants to receive operations.</summary>
    public static bool ListenToOperations =>
        PhaseDuration.Enabled || OperationDuration.Enabled || Starts.Enabled || StartFailures.Enabled || Restores.Enabled;

    /// <summary>Counts a machine from now until it has ended.</summary>
    public static void CountWhileRunning(Task exited)
    {
        Interlocked.Increment(ref s_running);
        _ = exited.ContinueWith(
            static _ => Interlocked.Decrement(ref s_running), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Counts a snapshot that could not be used.</summary>
    /// <param name="kind">The kind of start: one of <see cref="StartKinds"/>.</param>
    public static void SnapshotRefused(string kind) =>
        RefusedSnapshots.Add(1, new KeyValuePair<string, object?>(TelemetryTags.StartKind, kind));
}
