namespace Islet.Benchmarks.Aspire;

/// <summary>The times at which the steps of a start were done, counted from its beginning.</summary>
/// <param name="Built">The model is built.</param>
/// <param name="PostgresStarting">The adapter begins with Postgres: the host and its orchestrator are up.</param>
/// <param name="PostgresRunning">Postgres runs: its machine was booted or restored, and its process runs.</param>
/// <param name="CacheStarting">As for Postgres.</param>
/// <param name="CacheRunning">As for Postgres.</param>
/// <param name="Healthy">The health checks of both servers have passed, and the database is there.</param>
/// <param name="ServiceRunning">The orchestrator has started the service's process.</param>
/// <param name="Answered">The service has answered a request for which it asked both servers.</param>
internal sealed record ShopTimes(
    TimeSpan Built, TimeSpan PostgresStarting, TimeSpan PostgresRunning, TimeSpan CacheStarting, TimeSpan CacheRunning, TimeSpan Healthy,
    TimeSpan ServiceRunning, TimeSpan Answered)
{
    public TimeSpan MachinesStarting => PostgresStarting < CacheStarting ? PostgresStarting : CacheStarting;

    public TimeSpan MachinesRunning => PostgresRunning > CacheRunning ? PostgresRunning : CacheRunning;
}
