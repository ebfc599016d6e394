using Islet.Modules.PostgreSql;
using Islet.Testing.NUnit;

namespace Samples;

/// <summary>A shop's database: started once, with its schema and some rows; each test class has a machine of its own with it.</summary>
public sealed class ShopFixture : ContainerFixture<PostgreSqlContainer>
{
    protected override PostgreSqlBuilder Configure() => new PostgreSqlBuilder(SampleImages.Postgres)
        .WithName("shop")
        .WithDatabase("shop")
        .WithInitScript(
            "schema.sql", "CREATE TABLE articles (id int PRIMARY KEY, name text NOT NULL, stock int NOT NULL CHECK (stock >= 0));");

    protected override Task SeedAsync(PostgreSqlContainer container, CancellationToken cancellationToken) => container.ExecScriptAsync(
        "INSERT INTO articles SELECT n, 'article ' || n, 10 FROM generate_series(1, 1000) n;", cancellationToken: cancellationToken);
}
