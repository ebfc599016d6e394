namespace Islet.Benchmarks;

/// <summary>
/// Measures starts that restore a machine instead of booting it, from the call to the first useful answer. The baseline is plain QEMU that
/// restores a machine of the same kernel, agent and memory until it runs.
/// </summary>
internal sealed class InstantBenchmark : IBenchmark
{
    public string Name => "instant";

    public async Task RunAsync(Report report)
    {
        await using var runtime = new ContainerRuntime(new IsletOptions { PrepareTemplates = true });
        await using var runtimeOfFirstStarts = new ContainerRuntime(new IsletOptions { PrepareTemplates = true, PrestartQemu = false });
        await using var runtimeWithPool = new ContainerRuntime(new IsletOptions { PrepareTemplates = true, PooledMachines = 1 });
        await new AgentStarts(runtime, runtimeOfFirstStarts, runtimeWithPool).RunAsync(report);
        await new RedisStarts(runtime).RunAsync(report);
        await new PostgresForks(runtime).RunAsync(report);
    }
}
