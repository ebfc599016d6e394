namespace Islet.Benchmarks.Aspire;

/// <summary>
/// The samples of the figure, of its consecutive phases, and of the two machines, which start at the same time in one of them.
/// </summary>
internal sealed class ShopSamples(string name)
{
    private readonly List<ShopTimes> _runs = [];

    public void Add(ShopTimes times) => _runs.Add(times);

    public void WriteTo(Report report)
    {
        Write("", times => times.Answered);
        Write(".model", times => times.Built);
        Write(".host", times => times.MachinesStarting - times.Built);
        Write(".machines", times => times.MachinesRunning - times.MachinesStarting);
        Write(".machines.postgres", times => times.PostgresRunning - times.PostgresStarting);
        Write(".machines.redis", times => times.CacheRunning - times.CacheStarting);
        Write(".healthy", times => times.Healthy - times.MachinesRunning);
        Write(".dcp", times => times.ServiceRunning - times.Healthy);
        Write(".service", times => times.Answered - times.ServiceRunning);

        void Write(string phase, Func<ShopTimes, TimeSpan> duration) =>
            report.Add(name + phase, "ms", [.. _runs.Select(times => duration(times).TotalMilliseconds)]);
    }
}
