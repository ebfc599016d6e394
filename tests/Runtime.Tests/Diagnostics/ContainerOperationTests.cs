using System.Diagnostics;
using System.Diagnostics.Metrics;
using Islet.Containers;
using Islet.Diagnostics;

namespace Islet.Tests.Diagnostics;

public sealed class ContainerOperationTests
{
    [Fact]
    public void An_operation_costs_nothing_while_nobody_listens()
    {
        var timeline = new StartupTimeline();
        timeline.Begin(StartupPhases.Boot).Complete();
        var failure = new InvalidOperationException();
        RunTwice();

        long before = GC.GetAllocatedBytesForCurrentThread();
        RunTwice();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void RunTwice()
        {
            var operation = ContainerOperation.Start(timeline);
            operation.Activity?.SetTag("expensive", new object());
            operation.Complete();
            ContainerOperation.Fork(timeline).Fail(failure);
            IsletMetrics.SnapshotRefused(StartKinds.Warm);
        }
    }

    [Fact]
    public void An_operation_is_an_activity_with_a_child_for_each_phase()
    {
        using var listener = new Listener();
        var timeline = new StartupTimeline();
        var operation = ContainerOperation.Start(timeline);
        timeline.Begin(StartupPhases.Image).Complete();
        timeline.Begin(StartupPhases.Boot).Complete();
        operation.Complete();

        Activity start = Assert.Single(listener.Activities, activity => activity.OperationName == "container.start");
        Assert.Equal(StartKinds.Cold, start.GetTagItem("islet.start.kind"));
        Assert.Equal(ActivityStatusCode.Unset, start.Status);
        Activity[] phases = [.. listener.Activities.Where(activity => activity.ParentSpanId == start.SpanId)];
        Assert.Equal(["image", "boot"], phases.Select(phase => phase.OperationName));
        Assert.All(phases, phase => Assert.InRange(phase.StartTimeUtc, start.StartTimeUtc, start.StartTimeUtc + timeline.Elapsed));
        Assert.Equal(timeline.Phases[1].Duration, phases[1].Duration);
        Assert.Null(Activity.Current);

        Assert.Equal(["image", "boot"], listener.Of("islet.container.start.duration").Select(tags => tags["islet.phase"]));
        Assert.Equal("cold", Assert.Single(listener.Of("islet.container.starts"))["islet.start.kind"]);
        Assert.Equal("container.start", Assert.Single(listener.Of("islet.container.operation.duration"))["islet.operation"]);
        Assert.Empty(listener.Of("islet.machine.restores"));
    }

    [Fact]
    public void The_phase_that_failed_is_the_one_with_the_error()
    {
        using var listener = new Listener();
        var timeline = new StartupTimeline();
        var operation = ContainerOperation.Fork(timeline);
        timeline.Begin(StartupPhases.Spawn).Complete();
        timeline.Begin(StartupPhases.Load);
        operation.Fail(new StorageException("There is no space left.") { Evidence = new FailureEvidence { LogTail = ["secret"] } });

        Activity fork = Assert.Single(listener.Activities, activity => activity.OperationName == "container.fork");
        Assert.Equal((ActivityStatusCode.Error, "There is no space left."), (fork.Status, fork.StatusDescription));
        Assert.Equal(typeof(StorageException).FullName, fork.GetTagItem("error.type"));
        Assert.Equal(
            [("spawn", ActivityStatusCode.Unset), ("load", ActivityStatusCode.Error)],
            listener.Activities
                .Where(activity => activity.ParentSpanId == fork.SpanId).Select(phase => (phase.OperationName, phase.Status)));
        Assert.Equal(typeof(StorageException).FullName, Assert.Single(listener.Of("islet.container.start.failures"))["error.type"]);
        Assert.Empty(listener.Of("islet.container.starts"));
    }

    [Fact]
    public async Task A_start_that_fails_before_there_is_a_machine_is_told_with_its_image()
    {
        using var listener = new Listener();
        await Assert.ThrowsAnyAsync<IsletException>(
            () => new ContainerBuilder("oci:/no/such/layout:latest").WithName("lost").StartAsync(TestContext.Current.CancellationToken));
        Activity start = Assert.Single(listener.Activities, activity => activity.OperationName == "container.start");
        Assert.Equal("lost", start.GetTagItem("container.name"));
        Assert.Equal("oci:/no/such/layout:latest", start.GetTagItem("container.image.name"));
        Assert.Equal(ActivityStatusCode.Error, start.Status);
    }

    public static TheoryData<string, string[]> Kinds => new()
    {
        { StartKinds.Cold, [StartupPhases.Boot, StartupPhases.Agent] },
        { StartKinds.Template, [StartupPhases.Spawn, StartupPhases.Load, StartupPhases.Agent] },
        { StartKinds.Pooled, [StartupPhases.Load, StartupPhases.Agent] },
        { StartKinds.Warm, [StartupPhases.Spawn, StartupPhases.Load, StartupPhases.Agent, StartupPhases.Renew] },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_phases_tell_from_what_a_container_came_to_be(string kind, string[] phases) =>
        Assert.Equal(kind, StartKinds.Of([.. phases.Select(phase => new StartupPhase(phase, default, TimeSpan.Zero))]));

    // The tests of one class run one after another, and no other class here starts containers.
    private sealed class Listener : IDisposable
    {
        private readonly ActivityListener _activities;
        private readonly MeterListener _meter = new();
        private readonly List<(string Instrument, Dictionary<string, object?> Tags)> _measurements = [];

        public Listener()
        {
            _activities = new ActivityListener
            {
                ShouldListenTo = source => source.Name == IsletInstrumentation.ActivitySourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = Activities.Add,
            };
            ActivitySource.AddActivityListener(_activities);
            _meter.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == IsletInstrumentation.MeterName)
                    listener.EnableMeasurementEvents(instrument);
            };
            _meter.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags));
            _meter.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags));
            _meter.Start();
        }

        public List<Activity> Activities { get; } = [];

        public IEnumerable<Dictionary<string, object?>> Of(string instrument) =>
            _measurements.Where(measurement => measurement.Instrument == instrument).Select(measurement => measurement.Tags);

        public void Dispose()
        {
            _activities.Dispose();
            _meter.Dispose();
        }

        private void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            _measurements.Add((instrument.Name, new Dictionary<string, object?>(tags.ToArray())));
    }
}
