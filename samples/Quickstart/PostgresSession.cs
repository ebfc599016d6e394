using System.Globalization;
using Islet;
using Npgsql;

namespace Quickstart;

/// <summary>One connection to a Postgres in a container, through its published port.</summary>
internal sealed class PostgresSession : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly CancellationToken _cancellationToken;

    private PostgresSession(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (_connection, _cancellationToken) = (connection, cancellationToken);

    public static async Task<PostgresSession> OpenAsync(Container postgres, string password, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(string.Create(CultureInfo.InvariantCulture,
            $"Host={postgres.Host};Port={postgres.GetPort(5432)};Username=postgres;Password={password};"
            + $"Database=postgres;Pooling=false;Timeout=60"));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return new PostgresSession(connection, cancellationToken);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public Task<NpgsqlTransaction> BeginTransactionAsync() => _connection.BeginTransactionAsync(_cancellationToken).AsTask();

    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync(_cancellationToken);
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return await command.ExecuteScalarAsync(_cancellationToken);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
