using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Islet;

/// <summary>The names of Islet's traces and metrics, for <c>AddSource</c> and <c>AddMeter</c> of OpenTelemetry.</summary>
public static class IsletInstrumentation
{
    /// <summary>
    /// The name of the <see cref="ActivitySource"/>: one activity for each start, checkpoint, fork, roll-back and restart.
    /// </summary>
    public const string ActivitySourceName = "Islet";

    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = "Islet";

    internal static ActivitySource Source { get; } = new(ActivitySourceName, Version);

    internal static Meter Meter { get; } = new(MeterName, Version);

    private static string? Version => typeof(IsletInstrumentation).Assembly.GetName().Version?.ToString(3);
}
