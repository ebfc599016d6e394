using Npgsql;

namespace AspireShop.Service;

/// <summary>The shop's stock, kept in Postgres.</summary>
public sealed class Stock(NpgsqlDataSource database)
{
    /// <summary>Makes the table where it isn't there, with one article in it.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.CreateCommand("""
            CREATE TABLE IF NOT EXISTS articles (id int PRIMARY KEY, name text NOT NULL, in_stock int NOT NULL CHECK (in_stock >= 0));
            INSERT INTO articles VALUES (1, 'A jar of honey', 3) ON CONFLICT DO NOTHING;
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<Article?> FindAsync(int id, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.CreateCommand("SELECT name, in_stock FROM articles WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = id });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new Article(id, reader.GetString(0), reader.GetInt32(1)) : null;
    }

    /// <returns>False when there is none left.</returns>
    public async Task<bool> SellAsync(int id, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.CreateCommand(
            "UPDATE articles SET in_stock = in_stock - 1 WHERE id = $1 AND in_stock > 0");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = id });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}
