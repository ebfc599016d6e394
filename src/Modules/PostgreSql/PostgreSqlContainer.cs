using System.Security.Cryptography;
using System.Text;

namespace Islet.Modules.PostgreSql;

/// <summary>A PostgreSQL server in its own micro-VM.</summary>
public sealed class PostgreSqlContainer : ModuleContainer
{
    private readonly PostgreSqlLogin _login;

    internal PostgreSqlContainer(Container container, PostgreSqlLogin login, ServerCertificate? certificate)
        : base(container, PostgreSqlBuilder.ServerPort, certificate) => _login = login;

    /// <summary>The superuser's name.</summary>
    public string Username => _login.Username;

    /// <summary>The superuser's password.</summary>
    public string Password => _login.Password;

    /// <summary>The database that the container was started with.</summary>
    public string Database => _login.Database;

    /// <summary>
    /// Returns a connection string for Npgsql: <c>Host=127.0.0.1;Port=…;Username=…;Password=…;Database=…</c>, with TLS verified against the
    /// server's own certificate.
    /// </summary>
    public override string GetConnectionString() => GetConnectionString(Database);

    /// <inheritdoc/>
    protected override Container WrapFork(Container fork) => new PostgreSqlContainer(fork, _login, Certificate);

    /// <summary>Runs SQL with psql, as the superuser, up to the first error.</summary>
    /// <param name="script">SQL statements and psql's own commands.</param>
    /// <param name="database">The database to run it in. Default: <see cref="Database"/>.</param>
    /// <param name="cancellationToken">Ends psql.</param>
    /// <returns>The output of psql: rows without headings, one line each, columns separated by <c>|</c>.</returns>
    /// <exception cref="ScriptException">A statement failed.</exception>
    public async Task<string> ExecScriptAsync(string script, string? database = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(script);
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(script));
        return await ExecScriptAsync(
            [
                "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1",
                "--username", Username, "--dbname", database ?? Database, "--file", "-",
            ],
            new ExecOptions { Stdin = input, Environment = new Dictionary<string, string> { ["PGPASSWORD"] = Password } },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Creates a database for one test, as a copy of another with all its tables and rows. It takes a fraction of the time that a separate
    /// machine takes; server-wide state (roles, settings) is shared with the other tests.
    /// </summary>
    /// <param name="template">The database to copy. No client may be connected to it. Default: <see cref="Database"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The database; disposing it drops it.</returns>
    /// <exception cref="ScriptException">
    /// The database could not be created. That happens while clients are connected to the template.
    /// </exception>
    public async Task<PostgreSqlDatabase> CreateDatabaseAsync(string? template = null, CancellationToken cancellationToken = default)
    {
        string source = template ?? Database;
        string name = "test_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        string create = $"CREATE DATABASE {Quote(name)} TEMPLATE {Quote(source)}";

        // Since PostgreSQL 15 the default is to copy page by page through the log. Copying the files is a little faster for a small
        // template, and much faster for a large one.
        await ExecScriptAsync(
            $"""
            SELECT :SERVER_VERSION_NUM >= 150000 AS has_strategies \gset
            \if :has_strategies
            {create} STRATEGY file_copy;
            \else
            {create};
            \endif
            """,
            DatabaseBeside(source), cancellationToken).ConfigureAwait(false);
        return new PostgreSqlDatabase(this, name);
    }

    internal string GetConnectionString(string database) =>
        (_login with { Database = database }).ToConnectionString(Host, Port, Certificate?.Path);

    internal Task DropDatabaseAsync(string name, CancellationToken cancellationToken) =>
        ExecScriptAsync($"DROP DATABASE IF EXISTS {Quote(name)} WITH (FORCE);", DatabaseBeside(Database), cancellationToken);

    // A client connected to a template blocks those that copy it, so the statements are sent over a connection to another database.
    private static string DatabaseBeside(string template) => template == "postgres" ? "template1" : "postgres";

    private static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
