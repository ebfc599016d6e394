using System.Collections.Immutable;

namespace Islet.Modules.PostgreSql;

/// <summary>
/// Describes a PostgreSQL server and starts it. It is ready when it takes connections over TCP, which it does only once the database
/// exists and every init script has run.
/// </summary>
/// <example><code>
/// await using PostgreSqlContainer postgres = await new PostgreSqlBuilder()
///     .WithDatabase("shop")
///     .WithInitScript("schema.sql")
///     .StartAsync(cancellationToken);
/// await using var connection = new NpgsqlConnection(postgres.GetConnectionString());
/// </code></example>
/// <remarks>
/// The data of a test need not survive a crash of its machine, so the server is started without waiting for the disk (<c>fsync</c>,
/// <c>full_page_writes</c> and <c>synchronous_commit</c> are off). <see cref="WithParameter"/> turns them on again.
/// </remarks>
public sealed class PostgreSqlBuilder : ModuleBuilder<PostgreSqlBuilder, PostgreSqlContainer>
{
    /// <summary>The image that is started when no other is given.</summary>
    public const string DefaultImage = "docker.io/library/postgres:17";

    internal const int ServerPort = 5432;

    private const string UserVariable = "POSTGRES_USER";
    private const string PasswordVariable = "POSTGRES_PASSWORD";
    private const string DatabaseVariable = "POSTGRES_DB";

    // The server requires that it owns its key; the script runs as its user, whatever the id of that user is in the image.
    private const string TlsScript =
        $"""
        install -m 600 {ServerCertificate.ContainerKeyPath} "$PGDATA/server.key"
        cp {ServerCertificate.ContainerPath} "$PGDATA/server.crt"
        printf 'ssl = on\n' >>"$PGDATA/postgresql.conf"

        """;

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">Any version of the official image, or one with its conventions. Default: <see cref="DefaultImage"/>.</param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public PostgreSqlBuilder(string image = DefaultImage)
        : base(new ContainerBuilder(image).WithPort(ServerPort).WithCommand(Command([])))
    {
    }

    private ImmutableArray<(string Name, string Value)> Parameters { get; set; } = [];

    private string Username => Variable(UserVariable, "postgres");

    private string Database => Variable(DatabaseVariable, Username);

    /// <inheritdoc/>
    protected override WaitStrategy DefaultWait => new GreetingWait(
        "PostgreSQL", ServerPort,
        (connection, cancellationToken) => PostgreSqlGreeting.SayAsync(connection, Username, Database, cancellationToken));

    /// <summary>Sets the superuser. Default: <c>postgres</c>.</summary>
    public PostgreSqlBuilder WithUsername(string username) => WithEnvironment(UserVariable, NotEmpty(username));

    /// <summary>Sets the superuser's password. Default: a random one, the same for every container of this cache directory.</summary>
    public PostgreSqlBuilder WithPassword(string password) => WithEnvironment(PasswordVariable, NotEmpty(password));

    /// <summary>Sets the database that is created and connected to. Default: named like the user.</summary>
    public PostgreSqlBuilder WithDatabase(string database) => WithEnvironment(DatabaseVariable, NotEmpty(database));

    /// <summary>
    /// Runs a script in the new database before the server is ready: <c>.sql</c>, <c>.sql.gz</c> or <c>.sh</c>. Scripts run in the order
    /// of their names.
    /// </summary>
    /// <param name="hostPath">The file on this machine. It is read at each start.</param>
    public PostgreSqlBuilder WithInitScript(string hostPath) =>
        WithCopy(hostPath, InitScript.PathOf(Path.GetFileName(hostPath)), InitScript.ModeOf(hostPath));

    /// <summary>Runs a script in the new database before the server is ready.</summary>
    /// <param name="name">The name of the script in the container, with the extension of its kind: <c>001-schema.sql</c>.</param>
    /// <param name="content">The text of the script.</param>
    public PostgreSqlBuilder WithInitScript(string name, string content) => WithFile(InitScript.PathOf(name), content);

    /// <summary>
    /// Sets a parameter of the server, as in postgresql.conf: <c>max_connections</c>, <c>200</c>. It replaces a command set with
    /// <see cref="ContainerBuilder{TBuilder, TContainer}.WithCommand"/>.
    /// </summary>
    public PostgreSqlBuilder WithParameter(string name, string value)
    {
        ImmutableArray<(string, string)> parameters = Parameters.Add((NotEmpty(name), value));
        return With(copy => copy.Parameters = parameters).WithCommand(Command(parameters));
    }

    /// <inheritdoc/>
    protected override PostgreSqlBuilder Complete(ContainerRuntime runtime)
    {
        PostgreSqlBuilder builder = base.Complete(runtime).WithDefaults(
            (UserVariable, Username), (DatabaseVariable, Database), (PasswordVariable, runtime.DeriveSecret("PostgreSQL/password")));
        return UsesTls ? builder.WithInitScript("000-islet-tls.sh", TlsScript) : builder;
    }

    /// <inheritdoc/>
    protected override PostgreSqlContainer Wrap(Container container) =>
        new(container, new PostgreSqlLogin(Username, Variable(PasswordVariable, ""), Database), Certificate);

    // Later parameters override earlier ones.
    private static string[] Command(ImmutableArray<(string Name, string Value)> parameters) =>
    [
        "postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
        .. parameters.SelectMany(parameter => (string[])["-c", $"{parameter.Name}={parameter.Value}"]),
    ];

    private static string NotEmpty(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return text;
    }
}
