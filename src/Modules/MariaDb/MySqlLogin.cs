using System.Data.Common;
using System.Globalization;

namespace Islet.Modules.MariaDb;

/// <summary>The credentials of a client, and the database to which it connects.</summary>
internal sealed record MySqlLogin(string Username, string Password, string Database)
{
    /// <summary>Returns a connection string for MySqlConnector and MySql.Data.</summary>
    public string ToConnectionString(string host, int port, string? rootCertificate)
    {
        var builder = new DbConnectionStringBuilder
        {
            ["Server"] = host,
            ["Port"] = port.ToString(CultureInfo.InvariantCulture),
            ["User ID"] = Username,
            ["Password"] = Password,
            ["Database"] = Database,
        };
        if (rootCertificate is not null)
        {
            builder["SslMode"] = "VerifyFull";
            builder["SslCa"] = rootCertificate;
        }

        return builder.ConnectionString;
    }
}
