using System.Globalization;
using Islet.Containers;
using Npgsql;
using Spectre.Console;

namespace Quickstart;

internal static class SqlQueries
{
    /// <returns>The time from the beginning of the start until the first answer.</returns>
    public static async Task<TimeSpan> RunAsync(Container postgres, string password, CancellationToken cancellationToken)
    {
        string address = string.Create(CultureInfo.InvariantCulture,
            $"Host={postgres.Host};Port={postgres.GetPort(5432)};Username=postgres;Password={password};Database=postgres;Pooling=false");
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync(cancellationToken);
        object? version = await ScalarAsync("SELECT version()");
        TimeSpan firstAnswer = postgres.Timeline.Elapsed;
        AnsiConsole.MarkupLineInterpolated($"[bold]postgres[/]  {version}");

        await ExecuteAsync("CREATE TABLE island (id serial PRIMARY KEY, name text NOT NULL UNIQUE, area_km2 numeric NOT NULL)");
        await ExecuteAsync("INSERT INTO island (name, area_km2) VALUES ('Vaeroy', 15.7), ('Rost', 11.1), ('Traena', 15.5)");
        object? area = await ScalarAsync("SELECT sum(area_km2) FROM island");

        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await ExecuteAsync("DELETE FROM island");
            await transaction.RollbackAsync(cancellationToken);
        }

        object? count = await ScalarAsync("SELECT count(*) FROM island");
        AnsiConsole.MarkupLineInterpolated($"          {count} islands with {area} km2, also after a transaction that deleted them was rolled back");
        return firstAnswer;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        async Task<object?> ScalarAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }
}
