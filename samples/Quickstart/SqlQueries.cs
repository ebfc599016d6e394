using System.Globalization;
using Islet.Containers;
using Npgsql;
using Spectre.Console;

namespace Quickstart;

internal static class SqlQueries
{
    /// <returns>The time from the beginning of the start until the first answer.</returns>
    public static async Task<TimeSpan> FirstAnswerAsync(Task<Container> started, string password, CancellationToken cancellationToken)
    {
        Container postgres = await started;
        await using NpgsqlConnection connection = await ConnectAsync(postgres, password, cancellationToken);
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await command.ExecuteScalarAsync(cancellationToken);
        return postgres.Timeline.Elapsed;
    }

    public static async Task RunAsync(Container postgres, string password, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await ConnectAsync(postgres, password, cancellationToken);
        object? version = await ScalarAsync("SELECT version()");
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

    private static async Task<NpgsqlConnection> ConnectAsync(Container postgres, string password, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(string.Create(CultureInfo.InvariantCulture,
            $"Host={postgres.Host};Port={postgres.GetPort(5432)};Username=postgres;Password={password};Database=postgres;Pooling=false"));
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
