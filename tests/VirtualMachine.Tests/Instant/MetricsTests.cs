using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Runs alone: the counters are those of the process, which include the containers of tests that run at the same time.</summary>
[CollectionDefinition(nameof(MetricsTests), DisableParallelization = true)]
[Collection(nameof(MetricsTests))]
public sealed class MetricsTests : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, long> _counted = new();
    private readonly MeterListener _listener = new();
    private readonly OwnCache _cache = new();

    public MetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is Counter<long> { Meter.Name: "Islet" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            object? kind = tags.ToArray().FirstOrDefault(tag => tag.Key == "islet.start.kind").Value;
            _counted.AddOrUpdate($"{instrument.Name} {kind}".TrimEnd(), value, (_, before) => before + value);
        });
        _listener.Start();
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _cache.DisposeAsync();
    }

    [Fact]
    public async Task A_crash_is_counted_and_an_ordinary_end_is_not()
    {
        await (await OwnCache.StartAsync(_cache.NewRuntime())).DisposeAsync();
        Assert.Equal(0, Counted("islet.machine.crashes"));

        await using Container container = await OwnCache.StartAsync(_cache.NewRuntime());
        Assert.True(Native.Posix.Signals.Send(container.Machine.ProcessId, Native.Posix.Signals.Kill));
        await Assert.ThrowsAsync<ContainerEndedException>(() => container.Exited.WaitAsync(Cancelled));
        Assert.Equal(1, Counted("islet.machine.crashes"));
    }

    [Fact]
    public async Task A_start_from_a_spare_is_counted_as_one()
    {
        ContainerRuntime runtime = _cache.NewRuntime(options => (options.PooledMachines, options.PrepareTemplates) = (1, true));
        await (await OwnCache.StartAsync(runtime)).DisposeAsync();
        await runtime.Engine.Machines.WhenIdleAsync();
        Assert.Equal((1, 0), (Counted("islet.machine.restores template"), Counted("islet.machine.restores pooled")));

        await using Container container = await OwnCache.StartAsync(runtime);
        Assert.Equal((1, 1), (Counted("islet.machine.restores pooled"), Counted("islet.container.starts pooled")));
    }

    [Fact]
    public async Task A_template_that_is_refused_is_counted()
    {
        await _cache.NewRuntimeWithTemplateAsync();
        string memory = Path.Combine(OwnCache.Single(_cache.Templates), "memory");
        DateTime modified = File.GetLastWriteTimeUtc(memory);
        await using (var file = new FileStream(memory, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 20 << 20;
            file.WriteByte(0x55);
        }

        File.SetLastWriteTimeUtc(memory, modified);
        await using Container container = await OwnCache.StartAsync(_cache.NewRuntime());
        Assert.Equal(1, Counted("islet.snapshot.refusals template"));
    }

    private long Counted(string what) => _counted.GetValueOrDefault(what);
}
