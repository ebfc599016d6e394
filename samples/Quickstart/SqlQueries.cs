using Islet;
using Npgsql;
using Spectre.Console;

namespace Quickstart;

internal static class SqlQueries
{
    /// <returns>The time from the beginning of the start until the first answer.</returns>
    public static async Task<TimeSpan> FirstAnswerAsync(Task<Container> started, string password, CancellationToken cancellationToken)
    {
        Container postgres = await started;
        await using PostgresSession session = await PostgresSession.OpenAsync(postgres, password, cancellationToken);
        await session.ScalarAsync("SELECT 1");
        return postgres.Timeline.Elapsed;
    }

    public static async Task RunAsync(Container postgres, string password, CancellationToken cancellationToken)
    {
        await using PostgresSession session = await PostgresSession.OpenAsync(postgres, password, cancellationToken);
        object? version = await session.ScalarAsync("SELECT version()");
        AnsiConsole.MarkupLineInterpolated($"[bold]postgres[/]  {version}");

        await session.ExecuteAsync("CREATE TABLE island (id serial PRIMARY KEY, name text NOT NULL UNIQUE, area_km2 numeric NOT NULL)");
        await session.ExecuteAsync("INSERT INTO island (name, area_km2) VALUES ('Vaeroy', 15.7), ('Rost', 11.1), ('Traena', 15.5)");
        object? area = await session.ScalarAsync("SELECT sum(area_km2) FROM island");

        await using (NpgsqlTransaction transaction = await session.BeginTransactionAsync())
        {
            await session.ExecuteAsync("DELETE FROM island");
            await transaction.RollbackAsync(cancellationToken);
        }

        object? count = await session.ScalarAsync("SELECT count(*) FROM island");
        AnsiConsole.MarkupLineInterpolated(
            $"          {count} islands with {area} km2, also after a transaction that deleted them was rolled back");
    }
}
