namespace Islet.Benchmarks.Aspire;

/// <summary>
/// Measures the time from `aspire run` to a usable application: Postgres and Redis, each in its own virtual machine, are healthy, and a
/// service that uses both has answered its first request. Cold: both servers are started. Warm: they are restored, as in every run after
/// the first. The dashboard is a separate process, which starts at the same time.
/// </summary>
internal sealed class AspireBenchmark : IBenchmark
{
    private const int ColdRuns = 3;
    private const int WarmRuns = 10;

    public string Name => "aspire";

    public async Task RunAsync(Report report)
    {
        await MeasureAsync(report, "aspire-start-cold", isWarm: false, hasDashboard: false, ColdRuns);
        await MeasureAsync(report, "aspire-start", isWarm: true, hasDashboard: false, WarmRuns);
        await MeasureAsync(report, "aspire-start-dashboard", isWarm: true, hasDashboard: true, WarmRuns);
    }

    // The run before the first measured one creates everything that later runs find: the images' disks, and the states that warm starts
    // restore.
    private static async Task MeasureAsync(Report report, string name, bool isWarm, bool hasDashboard, int runs)
    {
        var samples = new ShopSamples(name);
        for (int run = -1; run < runs; run++)
        {
            ShopTimes times = await ShopModel.RunAsync(isWarm, hasDashboard);
            if (run >= 0)
                samples.Add(times);
        }

        samples.WriteTo(report);
    }
}
