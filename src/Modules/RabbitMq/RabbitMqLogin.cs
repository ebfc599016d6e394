namespace Islet.Modules.RabbitMq;

/// <summary>Who connects, and to what.</summary>
internal sealed record RabbitMqLogin(string Username, string Password, string VirtualHost);
