namespace Islet.Benchmarks;

/// <summary>
/// Measures the waits of a tester: for a separate database for each test, for a second test run, for a service that is ready.
/// </summary>
internal sealed class FixturesBenchmark : IBenchmark
{
    public string Name => "fixtures";

    public async Task RunAsync(Report report)
    {
        await using var runtime = new ContainerRuntime(new IsletOptions { PrepareTemplates = true });
        await new ForkPerTest(runtime).RunAsync(report);
        await new ReadyDelay(runtime).RunAsync(report);
        await WarmRun.RunAsync(report);
    }
}
