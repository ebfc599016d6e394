using System.Globalization;

namespace Islet.Modules.Redis;

/// <summary>A Redis server in its own micro-VM.</summary>
public sealed class RedisContainer : ModuleContainer
{
    private readonly RedisLogin _login;

    internal RedisContainer(Container container, RedisLogin login, ServerCertificate? certificate)
        : base(container, RedisBuilder.ServerPort, certificate) => _login = login;

    /// <summary>The password; empty when there is none.</summary>
    public string Password => _login.Password;

    /// <summary>
    /// Returns a connection string for StackExchange.Redis: <c>127.0.0.1:…,password=…</c>, with <c>ssl=true</c> when the server speaks TLS.
    /// That library takes no certificate in its connection strings; add <see cref="ServerCertificate.Validate"/> to its
    /// <c>CertificateValidation</c>.
    /// </summary>
    public override string GetConnectionString() => _login.ToConnectionString(Host, Port, tls: Certificate is not null);

    /// <inheritdoc/>
    protected override Container WrapFork(Container fork) => new RedisContainer(fork, _login, Certificate);

    /// <summary>Runs a Lua script on the server with redis-cli.</summary>
    /// <param name="script">The Lua script, as for <c>EVAL</c>.</param>
    /// <param name="keys">The script's <c>KEYS</c>.</param>
    /// <param name="arguments">The script's <c>ARGV</c>.</param>
    /// <param name="cancellationToken">Ends redis-cli; the script may run on.</param>
    /// <returns>The output of redis-cli.</returns>
    /// <exception cref="ScriptException">The script failed.</exception>
    public Task<string> ExecScriptAsync(
        string script, IReadOnlyList<string>? keys = null, IReadOnlyList<string>? arguments = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(script);
        string[] tls = Certificate is null ? [] : ["--tls", "--cacert", ServerCertificate.ContainerPath];
        string count = (keys?.Count ?? 0).ToString(CultureInfo.InvariantCulture);
        return ExecScriptAsync(
            ["redis-cli", "-e", .. tls, "EVAL", script, count, .. keys ?? [], .. arguments ?? []],
            new ExecOptions { Environment = new Dictionary<string, string> { ["REDISCLI_AUTH"] = Password } },
            cancellationToken);
    }
}
