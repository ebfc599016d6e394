using Islet.Modules.MariaDb;

namespace Islet.Modules.Tests.MariaDb;

public sealed class MariaDbFixture : ModuleFixture<MariaDbContainer>
{
    protected override Task<MariaDbContainer> StartAsync(ContainerRuntime runtime) => new MariaDbBuilder(TestRuntime.Image("mariadb"))
        .WithUsername("keeper").WithDatabase("shop_1").WithTls()
        .WithInitScript("001-schema.sql", "CREATE TABLE item (id INT PRIMARY KEY, name TEXT); INSERT INTO item VALUES (1, 'lamp');")
        .WithConfiguration("test.cnf", "[mysqld]\nmax_connections = 40\n")
        .WithStartTimeout(TimeSpan.FromMinutes(4))
        .StartAsync(runtime);
}

/// <summary>MariaDB, queried with the tests' own client: no client library of MariaDB is available.</summary>
public sealed class MariaDbTests(MariaDbFixture fixture) : IClassFixture<MariaDbFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_connects_over_tls_with_the_servers_own_certificate_and_finds_what_the_init_script_made()
    {
        MariaDbContainer mariaDb = await fixture.GetAsync();
        Assert.Contains(mariaDb.Certificate!.Path, mariaDb.GetConnectionString(), StringComparison.Ordinal);
        await using MySqlClient client = await MySqlClient.ConnectAsync(
            mariaDb.GetConnectionString(), mariaDb.Certificate.Validate, Cancelled);
        Assert.Equal(["lamp"], await client.QueryAsync("SELECT name FROM item WHERE id = 1", Cancelled));
        Assert.Equal(["keeper@% shop_1 40"], await client.QueryAsync(
            "SELECT CONCAT(CURRENT_USER(), ' ', DATABASE(), ' ', @@max_connections)", Cancelled));
    }

    [Fact]
    public async Task The_password_is_the_caches_own_and_another_one_is_refused()
    {
        MariaDbContainer mariaDb = await fixture.GetAsync();
        Assert.Equal(TestRuntime.Instance.DeriveSecret("MariaDB/password"), mariaDb.Password);
        string wrong = mariaDb.GetConnectionString().Replace(mariaDb.Password, "wrong", StringComparison.Ordinal);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => MySqlClient.ConnectAsync(wrong, mariaDb.Certificate!.Validate, Cancelled));
        Assert.Contains("Access denied for user 'keeper'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_user_has_all_rights_in_the_database_and_none_beside_it()
    {
        MariaDbContainer mariaDb = await fixture.GetAsync();
        await mariaDb.ExecScriptAsync("CREATE TABLE other (id INT); DROP TABLE other;", Cancelled);
        ScriptException refused = await Assert.ThrowsAsync<ScriptException>(
            () => mariaDb.ExecScriptAsync("CREATE DATABASE `shopX1`;", Cancelled));
        Assert.Contains("Access denied", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecScriptAsync_returns_the_rows_and_says_why_a_script_failed()
    {
        MariaDbContainer mariaDb = await fixture.GetAsync();
        Assert.Equal("2\ttwo\n", await mariaDb.ExecScriptAsync("SELECT 2, 'two';", Cancelled));
        ScriptException failed = await Assert.ThrowsAsync<ScriptException>(() => mariaDb.ExecScriptAsync("SELECT nothing;", Cancelled));
        Assert.Contains("Unknown column 'nothing'", failed.Message, StringComparison.Ordinal);
    }
}
