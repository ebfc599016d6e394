using System.Diagnostics;
using Islet.Diagnostics;

namespace Islet.Containers;

/// <summary>
/// One start, checkpoint, fork, roll-back or restart, reported to listeners for traces or metrics: an activity with one child for each
/// phase of the timeline, and the durations. It costs nothing while there are no listeners.
/// </summary>
internal readonly struct ContainerOperation
{
    private readonly string _name;
    private readonly StartupTimeline _timeline;
    private readonly TimeSpan _begun;

    private ContainerOperation(string name, StartupTimeline timeline)
    {
        _name = name;
        _timeline = timeline;
        _begun = timeline.Elapsed;
        Activity = IsletInstrumentation.Source.StartActivity(name);
    }

    /// <summary>The activity, for tags that only the caller knows; <see langword="null"/> while there are no listeners.</summary>
    public Activity? Activity { get; }

    public static ContainerOperation Start(StartupTimeline timeline) => new(OperationNames.Start, timeline);

    public static ContainerOperation Checkpoint(StartupTimeline timeline) => new(OperationNames.Checkpoint, timeline);

    public static ContainerOperation Fork(StartupTimeline timeline) => new(OperationNames.Fork, timeline);

    public static ContainerOperation RollBack(StartupTimeline timeline) => new(OperationNames.RollBack, timeline);

    public static ContainerOperation Restart(StartupTimeline timeline) => new(OperationNames.Restart, timeline);

    /// <summary>Reports that the operation has succeeded.</summary>
    public void Complete()
    {
        if (Activity is null && !IsletMetrics.ListenToOperations)
            return;

        IReadOnlyList<StartupPhase> phases = _timeline.Phases;
        string? kind = _name switch
        {
            OperationNames.Start => StartKinds.Of(phases),
            OperationNames.Fork or OperationNames.RollBack => StartKinds.Checkpoint,
            _ => null,
        };
        if (kind is not null)
        {
            Activity?.SetTag(TelemetryTags.StartKind, kind);
            var ofKind = new KeyValuePair<string, object?>(TelemetryTags.StartKind, kind);
            if (_name != OperationNames.RollBack)
                IsletMetrics.Starts.Add(1, ofKind);
            if (kind != StartKinds.Cold)
                IsletMetrics.Restores.Add(1, ofKind);
        }

        End(phases, kind, failure: null);
    }

    /// <summary>Reports that the operation has failed, or was cancelled.</summary>
    public void Fail(Exception exception)
    {
        if (Activity is null && !IsletMetrics.ListenToOperations)
            return;

        string failure = KindOf(exception);
        Activity?.SetTag(TelemetryTags.ErrorType, failure);
        Activity?.SetStatus(ActivityStatusCode.Error, exception is IsletException own ? own.PlainMessage : exception.Message);
        if (_name is OperationNames.Start or OperationNames.Fork)
            IsletMetrics.StartFailures.Add(1, new KeyValuePair<string, object?>(TelemetryTags.ErrorType, failure));
        End(_timeline.Phases, kind: null, failure);
    }

    private static string KindOf(Exception exception)
    {
        Type type = exception.GetType();
        return type == typeof(ContainerStartException) ? $"{type.FullName}.{((ContainerStartException)exception).Reason}" : type.FullName!;
    }

    private void End(IReadOnlyList<StartupPhase> phases, string? kind, string? failure)
    {
        var tags = new TagList { { TelemetryTags.Operation, _name } };
        if (kind is not null)
            tags.Add(TelemetryTags.StartKind, kind);
        if (failure is not null)
            tags.Add(TelemetryTags.ErrorType, failure);
        IsletMetrics.OperationDuration.Record((_timeline.Elapsed - _begun).TotalSeconds, tags);

        foreach (StartupPhase phase in phases)
        {
            Trace(phase, failure);
            if (_name is OperationNames.Start or OperationNames.Fork && phase.Duration is { } duration)
                Measure(phase.Name, duration, kind);
        }

        Activity?.Dispose();
    }

    private void Trace(StartupPhase phase, string? failure)
    {
        if (Activity is null)
            return;

        DateTime start = Activity.StartTimeUtc + (phase.Start - _begun);
        using Activity? child = IsletInstrumentation.Source.StartActivity(
            phase.Name, ActivityKind.Internal, Activity.Context, startTime: new DateTimeOffset(start));
        if (child is null)
            return;

        child.SetTag(TelemetryTags.Phase, phase.Name);
        if (phase.Duration is null)
            child.SetStatus(ActivityStatusCode.Error).SetTag(TelemetryTags.ErrorType, failure ?? "incomplete");
        child.SetEndTime(start + (phase.Duration ?? _timeline.Elapsed - phase.Start));
    }

    private void Measure(string phase, TimeSpan duration, string? kind)
    {
        var tags = new TagList { { TelemetryTags.Phase, phase }, { TelemetryTags.Operation, _name } };
        if (kind is not null)
            tags.Add(TelemetryTags.StartKind, kind);
        IsletMetrics.PhaseDuration.Record(duration.TotalSeconds, tags);
    }

    private static class OperationNames
    {
        public const string Start = "container.start";
        public const string Checkpoint = "container.checkpoint";
        public const string Fork = "container.fork";
        public const string RollBack = "container.rollback";
        public const string Restart = "container.restart";
    }
}
