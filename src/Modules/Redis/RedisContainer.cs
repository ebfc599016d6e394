using System.Globalization;
using Islet.Containers;

namespace Islet.Modules.Redis;

/// <summary>A Redis server in a machine of its own.</summary>
public sealed class RedisContainer : ModuleContainer<RedisContainer>
{
    internal RedisContainer(Container container, string password, ServerCertificate? certificate)
        : base(container, RedisBuilder.ServerPort, certificate) => Password = password;

    /// <summary>The password; empty when there is none.</summary>
    public string Password { get; }

    /// <summary>
    /// For StackExchange.Redis: <c>127.0.0.1:…,password=…</c>, with <c>ssl=true</c> when the server speaks TLS. That library takes no
    /// certificate in its connection strings; add <see cref="ServerCertificate.Validate"/> to its <c>CertificateValidation</c>.
    /// </summary>
    public override string GetConnectionString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Host}:{Port}{(Password.Length > 0 ? ",password=" + Password : "")}{(Certificate is null ? "" : ",ssl=true,sslHost=localhost")}");

    /// <inheritdoc/>
    public override RedisContainer WithContainer(Container copy) => new(copy, Password, Certificate);

    /// <summary>Runs a Lua script on the server with redis-cli.</summary>
    /// <param name="script">Lua, as for <c>EVAL</c>.</param>
    /// <param name="keys">The script's <c>KEYS</c>.</param>
    /// <param name="arguments">The script's <c>ARGV</c>.</param>
    /// <param name="cancellationToken">Ends redis-cli; the script may run on.</param>
    /// <returns>What redis-cli printed.</returns>
    /// <exception cref="ScriptException">The script failed.</exception>
    public Task<string> ExecScriptAsync(
        string script, IReadOnlyList<string>? keys = null, IReadOnlyList<string>? arguments = null, CancellationToken cancellationToken = default)
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
