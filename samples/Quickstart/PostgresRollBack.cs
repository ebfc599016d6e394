using System.Diagnostics;
using Islet;
using Spectre.Console;

namespace Quickstart;

/// <summary>The original writes something, goes back to the checkpoint, and answers at the same port as if it had not.</summary>
internal static class PostgresRollBack
{
    public static async Task RunAsync(Container postgres, Checkpoint ready, string password, CancellationToken cancellationToken)
    {
        int port = postgres.GetPort(5432);
        await using (PostgresSession session = await PostgresSession.OpenAsync(postgres, password, cancellationToken))
            await session.ExecuteAsync("INSERT INTO island (name, area_km2) VALUES ('Atlantis', 1)");
        long before = await CountIslandsAsync();

        long called = Stopwatch.GetTimestamp();
        await postgres.RollBackAsync(ready, cancellationToken);
        long after = await CountIslandsAsync();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(called);
        if ((before, after) != (4, 3) || postgres.GetPort(5432) != port)
            throw new InvalidDataException($"The roll-back did not undo the insert: {before} islands before it, {after} after it.");

        string answered = $"port {port} answered its first query after {elapsed.TotalMilliseconds:0} ms";
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]postgres[/]  rolled back in place: {before} islands with Atlantis, {after} after; {answered}");

        async Task<long> CountIslandsAsync()
        {
            await using PostgresSession session = await PostgresSession.OpenAsync(postgres, password, cancellationToken);
            return (long)(await session.ScalarAsync("SELECT count(*) FROM island"))!;
        }
    }
}
