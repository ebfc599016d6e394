using System.Globalization;

namespace Islet.Modules.Redis;

/// <summary>How to be let in.</summary>
/// <param name="Password">The password; empty when there is none.</param>
internal sealed record RedisLogin(string Password)
{
    /// <summary>A configuration string as StackExchange.Redis reads it. It can't quote: a password must not hold a comma.</summary>
    public string ToConnectionString(string host, int port, bool tls)
    {
        string password = Password.Length > 0 ? ",password=" + Password : "";
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}{password}{(tls ? ",ssl=true,sslHost=localhost" : "")}");
    }
}
