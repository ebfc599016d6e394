using System.Data.Common;
using System.Globalization;

namespace Islet.Modules.PostgreSql;

/// <summary>The credentials of a client, and the database to which it connects.</summary>
internal sealed record PostgreSqlLogin(string Username, string Password, string Database)
{
    /// <summary>Returns a connection string for Npgsql.</summary>
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
