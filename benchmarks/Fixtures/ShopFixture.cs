using Islet.Modules.PostgreSql;
using Islet.Testing;

namespace Islet.Benchmarks;

/// <summary>A fixture like those of the frameworks, but without a framework: Postgres with a schema and 1000 rows.</summary>
internal sealed class ShopFixture(ContainerRuntime runtime) : ContainerLifetime<PostgreSqlContainer>
{
    /// <summary>The rows that the schema begins with, and with which a shared database is filled again.</summary>
    public const string Rows = "INSERT INTO articles SELECT n, 'article ' || n, 10 FROM generate_series(1, 1000) n;";

    private const string Schema = "CREATE TABLE articles (id int PRIMARY KEY, name text NOT NULL, stock int NOT NULL CHECK (stock >= 0));";

    protected override ContainerRuntime Runtime => runtime;

    public Task StartAsync() => StartAsync(CancellationToken.None);

    protected override PostgreSqlBuilder Configure() =>
        new PostgreSqlBuilder(LocalImages.Reference("postgres")).WithDatabase("shop").WithInitScript("schema.sql", Schema);

    protected override Task SeedAsync(PostgreSqlContainer container, CancellationToken cancellationToken) =>
        container.ExecScriptAsync(Rows, cancellationToken: cancellationToken);

    protected override Action<string> OpenLog() => _ => { };
}
