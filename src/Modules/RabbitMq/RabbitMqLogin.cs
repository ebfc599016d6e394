using System.Globalization;

namespace Islet.Modules.RabbitMq;

/// <summary>The credentials of a client, and the virtual host to which it connects.</summary>
internal sealed record RabbitMqLogin(string Username, string Password, string VirtualHost)
{
    /// <summary>Returns an AMQP URI (RabbitMQ URI specification). Without a path it means the virtual host <c>/</c>.</summary>
    public string ToConnectionString(string host, int port, bool tls)
    {
        string path = VirtualHost == "/" ? "" : "/" + Uri.EscapeDataString(VirtualHost);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(tls ? "amqps" : "amqp")}://{Uri.EscapeDataString(Username)}:{Uri.EscapeDataString(Password)}@{host}:{port}{path}");
    }
}
