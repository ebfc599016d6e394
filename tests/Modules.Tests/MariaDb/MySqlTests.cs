using Islet.Modules.MariaDb;

namespace Islet.Modules.Tests.MariaDb;

/// <summary>MySQL's builder. Debian has no MySQL; the image of MariaDB follows the same conventions under MySQL's names.</summary>
public sealed class MySqlTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_conventions_hold_by_the_names_of_mysql_and_root_connects_without_tls()
    {
        TestRuntime.RequireMachines();
        await using MySqlContainer mySql = await new MySqlBuilder(TestRuntime.Image("mariadb")).WithMemory(MemorySize.FromMebibytes(512))
            .WithPassword("it's \"quoted\"; \\ and all").StartAsync(TestRuntime.Instance, Cancelled);
        await using MySqlClient client = await MySqlClient.ConnectAsync(mySql.GetConnectionString(), validate: null, Cancelled);
        Assert.Equal(["root@% test"], await client.QueryAsync("SELECT CONCAT(CURRENT_USER(), ' ', DATABASE())", Cancelled));
        Assert.Equal("root@localhost\n", await mySql.ExecScriptAsync("SELECT CURRENT_USER();", Cancelled));
    }
}
