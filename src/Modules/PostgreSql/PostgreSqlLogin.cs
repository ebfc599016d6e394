namespace Islet.Modules.PostgreSql;

/// <summary>Who connects, and to what.</summary>
internal sealed record PostgreSqlLogin(string Username, string Password, string Database);
