using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Islet.VirtualMachine.Tests.Containers;

public sealed class TelemetryTests
{
    // Other tests start containers meanwhile: the container of this test is recognized by its name.
    [Fact]
    public async Task A_start_and_the_end_of_its_machine_are_seen_by_who_listens()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var tracing = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Islet",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(tracing);
        var phases = new ConcurrentQueue<object?>();
        long machines = 0;
        using var metrics = new MeterListener();
        metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Islet")
                listener.EnableMeasurementEvents(instrument);
        };
        metrics.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
        {
            if (instrument.Name == "islet.container.start.duration")
                phases.Enqueue(tags.ToArray().Single(tag => tag.Key == "islet.phase").Value);
        });
        metrics.SetMeasurementEventCallback<int>((_, value, _, _) => machines = value);
        metrics.Start();

        await using (Container container = await TestRuntime.Idle.WithName("telemetry").StartTestAsync())
        {
            Activity start = Assert.Single(activities, activity =>
                activity.OperationName == "container.start" && Equals(activity.GetTagItem("container.name"), "telemetry"));
            Assert.True(start.GetTagItem("islet.start.kind") is "cold" or "template");
            Assert.Equal("QEMU", start.GetTagItem("islet.machine.backend"));
            Assert.Equal(container.Machine.Accelerator, start.GetTagItem("islet.machine.accelerator"));
            Assert.Equal(MemorySize.FromMebibytes(128).Bytes, start.GetTagItem("islet.machine.memory"));
            Assert.Equal(
                container.Timeline.Phases.Select(phase => phase.Name),
                activities.Where(activity => activity.ParentSpanId == start.SpanId).Select(activity => activity.OperationName));
            Assert.All(container.Timeline.Phases, phase => Assert.Contains(phase.Name, phases));

            metrics.RecordObservableInstruments();
            Assert.True(machines >= 1);
        }
    }
}
