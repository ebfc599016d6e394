using Islet.Modules.PostgreSql;
using Npgsql;

namespace Samples;

/// <summary>The code under test: a shop that keeps its stock in Postgres.</summary>
internal sealed class Shop(PostgreSqlContainer postgres)
{
    // No pool: a reset or a fork closes all connections.
    private readonly string _connectionString = postgres.GetConnectionString() + ";Pooling=false";

    public Task<int> StockAsync(int article, CancellationToken cancellationToken) =>
        QueryAsync($"SELECT stock FROM articles WHERE id = {article}", cancellationToken);

    public Task<int> CountArticlesAsync(CancellationToken cancellationToken) =>
        QueryAsync("SELECT count(*)::int FROM articles", cancellationToken);

    /// <summary>Sells some of an article, and tells how many are left.</summary>
    public Task<int> SellAsync(int article, int count, CancellationToken cancellationToken) =>
        QueryAsync($"UPDATE articles SET stock = stock - {count} WHERE id = {article} RETURNING stock", cancellationToken);

    /// <summary>Takes everything out of the range, and tells how many articles are left.</summary>
    public async Task<int> CloseAsync(CancellationToken cancellationToken)
    {
        await postgres.ExecScriptAsync("TRUNCATE articles;", cancellationToken: cancellationToken);
        return await CountArticlesAsync(cancellationToken);
    }

    private async Task<int> QueryAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
