using System.Globalization;
using Npgsql;
using StackExchange.Redis;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>The main use of the library: real servers with real clients.</summary>
public sealed class DatabaseTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Postgres_runs_init_scripts_takes_sql_and_refuses_a_wrong_password()
    {
        await using Container postgres = await new ContainerBuilder(TestImages.Postgres)
            .WithEnvironment("POSTGRES_PASSWORD", "right").WithEnvironment("POSTGRES_DB", "shop").WithEnvironment("POSTGRES_USER", "keeper")
            .WithFile(
                "/docker-entrypoint-initdb.d/schema.sql",
                "CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'lamp');")
            .WithPort(5432)
            .WaitUntil(Wait.ForCommand("pg_isready", "-q", "-h", "127.0.0.1")).WithStartTimeout(TimeSpan.FromMinutes(4)).StartTestAsync();

        await using (NpgsqlConnection connection = await ConnectAsync(postgres, "right"))
        {
            Assert.Equal("lamp", await ScalarAsync(connection, "SELECT name FROM item WHERE id = 1"));
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(Cancelled);
            await ScalarAsync(connection, "INSERT INTO item SELECT n, 'item ' || n FROM generate_series(2, 1000) n");
            await transaction.CommitAsync(Cancelled);
            Assert.Equal(1000L, await ScalarAsync(connection, "SELECT count(*) FROM item"));
        }

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => ConnectAsync(postgres, "wrong"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);

        await postgres.StopAsync(TimeSpan.FromSeconds(60), cancellationToken: Cancelled);
        Assert.Equal(0, postgres.ExitCode);
    }

    [Fact]
    public async Task Redis_answers_a_client_library()
    {
        await using Container redis = await new ContainerBuilder(TestImages.Redis)
            .WithMemory(MemorySize.FromMebibytes(128)).WithPort(6379).StartTestAsync();
        string address = string.Create(
            CultureInfo.InvariantCulture, $"{redis.Host}:{redis.GetPort(6379)},connectTimeout=30000,syncTimeout=30000");
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(address);
        IDatabase database = connection.GetDatabase();
        await database.StringSetAsync("key", "value");
        Assert.Equal("value", await database.StringGetAsync("key"));
        string large = new('x', 5_000_000);
        await database.StringSetAsync("large", large);
        Assert.Equal(large, await database.StringGetAsync("large"));
    }

    [Fact]
    public async Task A_connection_that_the_server_closes_ends_for_the_client_after_its_last_answer()
    {
        await using Container redis = await new ContainerBuilder(TestImages.Redis)
            .WithMemory(MemorySize.FromMebibytes(128)).WithPort(6379).StartTestAsync();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(redis.Host, redis.GetPort(6379), Cancelled);
        await client.GetStream().WriteAsync("PING\r\nQUIT\r\n"u8.ToArray(), Cancelled);
        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("+PONG\r\n+OK\r\n", await reader.ReadToEndAsync(Cancelled));
    }

    private static async Task<NpgsqlConnection> ConnectAsync(Container postgres, string password)
    {
        var connection = new NpgsqlConnection(string.Create(CultureInfo.InvariantCulture,
            $"Host={postgres.Host};Port={postgres.GetPort(5432)};Username=keeper;Password={password};Database=shop;"
            + $"Pooling=false;Timeout=60;Command Timeout=60"));
        await connection.OpenAsync(Cancelled);
        return connection;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancelled);
    }
}
