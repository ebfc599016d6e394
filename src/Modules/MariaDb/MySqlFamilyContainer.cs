using System.Text;

namespace Islet.Modules.MariaDb;

/// <summary>The common part of the containers of MariaDB and MySQL.</summary>
public abstract class MySqlFamilyContainer : ModuleContainer
{
    private readonly string _client;

    private protected MySqlFamilyContainer(Container container, string client, MySqlLogin login, ServerCertificate? certificate)
        : base(container, MySqlGreeting.Port, certificate) => (_client, Login) = (client, login);

    /// <summary>The user's name.</summary>
    public string Username => Login.Username;

    /// <summary>The user's password.</summary>
    public string Password => Login.Password;

    /// <summary>The database that the container was started with.</summary>
    public string Database => Login.Database;

    private protected MySqlLogin Login { get; }

    /// <summary>
    /// Returns a connection string for MySqlConnector and MySql.Data: <c>Server=127.0.0.1;Port=…;User ID=…;Password=…;Database=…</c>, with
    /// TLS verified against the server's own certificate.
    /// </summary>
    public override string GetConnectionString() => Login.ToConnectionString(Host, Port, Certificate?.Path);

    /// <summary>Runs SQL with the server's own client, as the user, up to the first error.</summary>
    /// <param name="script">The SQL statements.</param>
    /// <param name="cancellationToken">Ends the client.</param>
    /// <returns>The output of the client: rows without headings, one line each, columns separated by tabs.</returns>
    /// <exception cref="ScriptException">A statement failed.</exception>
    public async Task<string> ExecScriptAsync(string script, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(script);
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(script));
        return await ExecScriptAsync(
            [_client, "--batch", "--skip-column-names", "--comments", $"--user={Username}", Database],
            new ExecOptions { Stdin = input, Environment = new Dictionary<string, string> { ["MYSQL_PWD"] = Password } },
            cancellationToken).ConfigureAwait(false);
    }
}
