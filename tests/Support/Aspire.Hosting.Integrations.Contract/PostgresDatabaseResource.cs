namespace Aspire.Hosting.ApplicationModel;

/// <summary>A database of a PostgreSQL server: it lives as the server does.</summary>
public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
    : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
{
    public PostgresServerResource Parent { get; } = postgresParentResource ?? throw new ArgumentNullException(nameof(postgresParentResource));

    public string DatabaseName { get; } = databaseName;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Parent};Database={DatabaseName}");

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
    [
        .. ((IResourceWithConnectionString)Parent).GetConnectionProperties().Where(property => property.Key != "Uri"),
        new("Database", ReferenceExpression.Create($"{DatabaseName}")),
        new("Uri", ReferenceExpression.Create($"{Parent.UriExpression}/{DatabaseName}")),
    ];
}
