using System.Globalization;

namespace Islet.Modules.Redis;

/// <summary>The credentials of a client.</summary>
/// <param name="Password">The password; empty when there is none.</param>
internal sealed record RedisLogin(string Password)
{
    /// <summary>Returns a configuration string for StackExchange.Redis. It has no quoting: a password must not hold a comma.</summary>
    public string ToConnectionString(string host, int port, bool tls)
    {
        string password = Password.Length > 0 ? ",password=" + Password : "";
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}{password}{(tls ? ",ssl=true,sslHost=localhost" : "")}");
    }
}
