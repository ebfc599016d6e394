namespace Islet.Benchmarks;

/// <summary>What a tester waits for: a database of their own for each test, a second test run, a service that is ready.</summary>
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
