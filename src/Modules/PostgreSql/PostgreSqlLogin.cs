using System.Data.Common;
using System.Globalization;

namespace Islet.Modules.PostgreSql;

/// <summary>Who connects, and to what.</summary>
internal sealed record PostgreSqlLogin(string Username, string Password, string Database)
{
    /// <summary>A connection string as Npgsql reads it.</summary>
    public string ToConnectionString(string host, int port, string? rootCertificate)
    {
        var builder = new DbConnectionStringBuilder
        {
            ["Host"] = host,
            ["Port"] = port.ToString(CultureInfo.InvariantCulture),
            ["Username"] = Username,
            ["Password"] = Password,
            ["Database"] = Database,
        };
        if (rootCertificate is not null)
        {
            builder["SSL Mode"] = "VerifyFull";
            builder["Root Certificate"] = rootCertificate;
        }

        return builder.ConnectionString;
    }
}
