using Islet.Modules.PostgreSql;

namespace Islet.Modules.Tests.PostgreSql;

public sealed class PostgreSqlFixture : ModuleFixture<PostgreSqlContainer>
{
    protected override Task<PostgreSqlContainer> StartAsync(ContainerRuntime runtime) =>
        new PostgreSqlBuilder(TestRuntime.Image("postgres"))
            .WithUsername("keeper").WithDatabase("shop").WithTls().WithCheckpoints()
            .WithParameter("max_connections", "40")
            .WithInitScript("001-schema.sql", "CREATE TABLE item (id int PRIMARY KEY, name text);")
            .WithInitScript("002-rows.sql", "INSERT INTO item VALUES (1, 'lamp');")
            .WithStartTimeout(TimeSpan.FromMinutes(4))
            .StartAsync(runtime);
}
