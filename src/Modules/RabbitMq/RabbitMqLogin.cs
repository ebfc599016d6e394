using System.Globalization;

namespace Islet.Modules.RabbitMq;

/// <summary>Who connects, and to what.</summary>
internal sealed record RabbitMqLogin(string Username, string Password, string VirtualHost)
{
    /// <summary>An AMQP URI (RabbitMQ URI specification). Without a path it means the virtual host <c>/</c>.</summary>
    public string ToConnectionString(string host, int port, bool tls)
    {
        string path = VirtualHost == "/" ? "" : "/" + Uri.EscapeDataString(VirtualHost);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(tls ? "amqps" : "amqp")}://{Uri.EscapeDataString(Username)}:{Uri.EscapeDataString(Password)}@{host}:{port}{path}");
    }
}
