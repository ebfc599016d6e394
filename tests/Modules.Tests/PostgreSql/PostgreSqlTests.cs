using Islet.Modules.PostgreSql;
using Npgsql;

namespace Islet.Modules.Tests.PostgreSql;

public sealed class PostgreSqlTests(PostgreSqlFixture fixture) : IClassFixture<PostgreSqlFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_library_connects_over_verified_tls_and_finds_what_the_init_scripts_made()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        Assert.Contains("VerifyFull", postgres.GetConnectionString(), StringComparison.Ordinal);
        Assert.Equal("lamp", await ScalarAsync(postgres.GetConnectionString(), "SELECT name FROM item WHERE id = 1"));
        Assert.Equal(true, await ScalarAsync(postgres.GetConnectionString(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
    }

    [Fact]
    public async Task The_user_the_database_and_the_parameters_are_the_builders()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        Assert.Equal("keeper shop 40 off", await ScalarAsync(
            postgres.GetConnectionString(),
            "SELECT concat_ws(' ', current_user, current_database(), current_setting('max_connections'), current_setting('fsync'))"));
    }

    [Fact]
    public async Task The_password_is_the_caches_own_and_another_one_is_refused()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        Assert.Equal(TestRuntime.Instance.DeriveSecret("PostgreSQL/password"), postgres.Password);
        var wrong = new NpgsqlConnectionStringBuilder(postgres.GetConnectionString()) { Password = "wrong" };
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(wrong.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task ExecScriptAsync_returns_the_rows_and_says_why_a_script_failed()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        Assert.Equal("2|two\n3|three\n", await postgres.ExecScriptAsync("VALUES (2, 'two'), (3, 'three');", cancellationToken: Cancelled));

        ScriptException failed = await Assert.ThrowsAsync<ScriptException>(
            () => postgres.ExecScriptAsync("SELECT 1;\nSELECT nothing;\nSELECT 2;", cancellationToken: Cancelled));
        Assert.Contains("column \"nothing\" does not exist", failed.Message, StringComparison.Ordinal);
        Assert.Equal(3, failed.Result.ExitCode);
        Assert.Equal("1\n", failed.Result.Stdout);
    }

    [Fact]
    public async Task CreateDatabaseAsync_gives_each_test_a_copy_that_the_others_do_not_see()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        PostgreSqlDatabase[] databases = await Task.WhenAll(
            postgres.CreateDatabaseAsync(cancellationToken: Cancelled), postgres.CreateDatabaseAsync(cancellationToken: Cancelled));
        await using PostgreSqlDatabase one = databases[0], other = databases[1];

        await ScalarAsync(one.GetConnectionString(), "INSERT INTO item VALUES (2, 'chair')");
        Assert.Equal(2L, await ScalarAsync(one.GetConnectionString(), "SELECT count(*) FROM item"));
        Assert.Equal(1L, await ScalarAsync(other.GetConnectionString(), "SELECT count(*) FROM item"));
        Assert.Equal("1\n", await postgres.ExecScriptAsync("SELECT count(*) FROM item;", cancellationToken: Cancelled));
    }

    [Fact]
    public async Task A_database_that_is_disposed_is_dropped_with_its_clients()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        PostgreSqlDatabase database = await postgres.CreateDatabaseAsync("template0", Cancelled);
        await using var client = new NpgsqlConnection(Unpooled(database.GetConnectionString()));
        await client.OpenAsync(Cancelled);
        await database.DisposeAsync();
        await database.DisposeAsync();

        string left = await postgres.ExecScriptAsync(
            $"SELECT count(*) FROM pg_database WHERE datname = '{database.Name}';", cancellationToken: Cancelled);
        Assert.Equal("0\n", left);
        await using var command = new NpgsqlCommand("SELECT 1", client);
        await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync(Cancelled));
    }

    [Fact]
    public async Task CreateDatabaseAsync_says_what_is_in_the_way_while_somebody_is_connected_to_the_template()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        await using PostgreSqlDatabase template = await postgres.CreateDatabaseAsync("template0", Cancelled);
        await using var client = new NpgsqlConnection(Unpooled(template.GetConnectionString()));
        await client.OpenAsync(Cancelled);
        ScriptException failed = await Assert.ThrowsAsync<ScriptException>(() => postgres.CreateDatabaseAsync(template.Name, Cancelled));
        Assert.Contains("is being accessed by other users", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForkAsync_gives_a_server_of_its_own_with_the_same_credentials_and_certificate()
    {
        PostgreSqlContainer postgres = await fixture.GetAsync();
        await using PostgreSqlContainer fork = await postgres.ForkAsync(Cancelled);
        Assert.NotEqual(postgres.Port, fork.Port);
        await ScalarAsync(fork.GetConnectionString(), "INSERT INTO item VALUES (3, 'table')");
        Assert.Equal(2L, await ScalarAsync(fork.GetConnectionString(), "SELECT count(*) FROM item"));
        Assert.Equal(1L, await ScalarAsync(postgres.GetConnectionString(), "SELECT count(*) FROM item"));
    }

    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 60, CommandTimeout = 60 }.ConnectionString;

    // Without a pool, because an idle connection to the database would keep the other tests from copying it.
    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(Unpooled(connectionString));
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancelled);
    }
}
