namespace Islet.Modules.MariaDb;

/// <summary>Who connects, and to what.</summary>
internal sealed record MySqlLogin(string Username, string Password, string Database);
