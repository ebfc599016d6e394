namespace Islet.Modules.RabbitMq;

/// <summary>A RabbitMQ broker in its own micro-VM.</summary>
public sealed class RabbitMqContainer : ModuleContainer
{
    private readonly RabbitMqLogin _login;

    internal RabbitMqContainer(Container container, RabbitMqLogin login, ServerCertificate? certificate)
        : base(container, certificate is null ? RabbitMqBuilder.ServerPort : RabbitMqBuilder.TlsPort, certificate) => _login = login;

    /// <summary>The administrator's name.</summary>
    public string Username => _login.Username;

    /// <summary>The administrator's password.</summary>
    public string Password => _login.Password;

    /// <summary>The virtual host that the broker was started with.</summary>
    public string VirtualHost => _login.VirtualHost;

    /// <summary>
    /// Returns a URI for RabbitMQ.Client's <c>ConnectionFactory.Uri</c> and every other client that takes an AMQP URI:
    /// <c>amqp://user:password@127.0.0.1:…/vhost</c>, or <c>amqps:</c>.
    /// </summary>
    public override string GetConnectionString() => _login.ToConnectionString(Host, Port, tls: Certificate is not null);

    /// <summary>Returns the address of the management plugin's pages and HTTP API.</summary>
    /// <exception cref="ArgumentException">The plugin was not enabled with <see cref="RabbitMqBuilder.WithManagement"/>.</exception>
    public Uri GetManagementAddress() => new UriBuilder("http", Host, GetPort(RabbitMqBuilder.ManagementPort)).Uri;

    /// <inheritdoc/>
    protected override Container WrapFork(Container fork) => new RabbitMqContainer(fork, _login, Certificate);

    /// <summary>Runs rabbitmqctl: <c>["list_queues", "name", "messages"]</c>.</summary>
    /// <returns>The output of rabbitmqctl.</returns>
    /// <exception cref="ScriptException">The command failed.</exception>
    public Task<string> ExecControlAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return ExecScriptAsync(["rabbitmqctl", "--quiet", .. arguments], new ExecOptions { User = "rabbitmq" }, cancellationToken);
    }
}
