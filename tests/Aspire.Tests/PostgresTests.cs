using Npgsql;

namespace Islet.Aspire.Tests;

public sealed class PostgresTests
{
    [Fact]
    public async Task A_stock_integration_answers_at_its_connection_string_and_so_does_its_database()
    {
        IDistributedApplicationBuilder builder = TestApplication.CreateBuilder();
        builder.AddPostgres("pg").AddDatabase("shop");
        await using TestApplication app = await TestApplication.StartAsync(builder);
        await app.WaitUntilHealthyAsync("shop");

        Assert.Equal("shop", await QueryAsync(await app.ConnectionStringAsync("shop"), "SELECT current_database()"));
        Assert.Equal(KnownResourceStates.Running, app.Snapshot("shop").State?.Text);
    }

    [Fact]
    public async Task Two_servers_with_the_same_target_port_are_two_servers()
    {
        IDistributedApplicationBuilder builder = TestApplication.CreateBuilder();
        builder.AddPostgres("one");
        builder.AddPostgres("two");
        await using TestApplication app = await TestApplication.StartAsync(builder);
        await app.WaitUntilHealthyAsync("one");
        await app.WaitUntilHealthyAsync("two");

        await QueryAsync(await app.ConnectionStringAsync("one"), "CREATE TABLE only_here (id int)");
        Assert.Equal("", await QueryAsync(await app.ConnectionStringAsync("two"), "SELECT coalesce(to_regclass('only_here')::text, '')"));
        Assert.Equal(
            "only_here", await QueryAsync(await app.ConnectionStringAsync("one"), "SELECT coalesce(to_regclass('only_here')::text, '')"));
    }

    private static async Task<string?> QueryAsync(string? connectionString, string sql)
    {
        // Without a pool, each connection asks the server that is running now.
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(TestApplication.Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync(TestApplication.Cancellation))?.ToString();
    }
}
