using System.Collections.Immutable;

namespace Islet.Modules.RabbitMq;

/// <summary>
/// Describes a RabbitMQ broker and starts it. It is ready when a client can log in and open the virtual host.
/// </summary>
/// <example><code>
/// await using RabbitMqContainer rabbitMq = await new RabbitMqBuilder().StartAsync(cancellationToken);
/// var factory = new ConnectionFactory { Uri = new Uri(rabbitMq.GetConnectionString()) };
/// </code></example>
public sealed class RabbitMqBuilder : ModuleBuilder<RabbitMqBuilder, RabbitMqContainer>
{
    /// <summary>The image that is started when no other is given.</summary>
    public const string DefaultImage = "docker.io/library/rabbitmq:4";

    internal const int ServerPort = 5672;
    internal const int TlsPort = 5671;
    internal const int ManagementPort = 15672;

    private const string UserVariable = "RABBITMQ_DEFAULT_USER";
    private const string PasswordVariable = "RABBITMQ_DEFAULT_PASS";
    private const string VirtualHostVariable = "RABBITMQ_DEFAULT_VHOST";

    private const string TlsConfiguration =
        $"""
        listeners.ssl.default = 5671
        ssl_options.cacertfile = {ServerCertificate.ContainerPath}
        ssl_options.certfile = {ServerCertificate.ContainerPath}
        ssl_options.keyfile = {ServerCertificate.ContainerKeyPath}
        ssl_options.verify = verify_none

        """;

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">Any version of the official image, or one with its conventions. Default: <see cref="DefaultImage"/>.</param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public RabbitMqBuilder(string image = DefaultImage)
        : base(new ContainerBuilder(image)
            .WithPort(ServerPort).WithMemory(MemorySize.FromGibibytes(1)).WithStartTimeout(TimeSpan.FromMinutes(5)))
    {
    }

    private ImmutableArray<string> Plugins { get; set; } = [];

    private RabbitMqLogin Login => new(Variable(UserVariable, ""), Variable(PasswordVariable, ""), Variable(VirtualHostVariable, "/"));

    /// <inheritdoc/>
    protected override WaitStrategy DefaultWait => new GreetingWait("RabbitMQ", UsesTls ? TlsPort : ServerPort, GreetAsync)
    {
        Tls = UsesTls,
    };

    /// <summary>Sets the administrator. Default: <c>rabbitmq</c>.</summary>
    public RabbitMqBuilder WithUsername(string username)
    {
        ArgumentException.ThrowIfNullOrEmpty(username);
        return WithEnvironment(UserVariable, username);
    }

    /// <summary>Sets the administrator's password. Default: a random one, the same for every container of this cache directory.</summary>
    public RabbitMqBuilder WithPassword(string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        return WithEnvironment(PasswordVariable, password);
    }

    /// <summary>Sets the virtual host that is created and connected to. Default: <c>/</c>.</summary>
    public RabbitMqBuilder WithVirtualHost(string virtualHost)
    {
        ArgumentException.ThrowIfNullOrEmpty(virtualHost);
        return WithEnvironment(VirtualHostVariable, virtualHost);
    }

    /// <summary>Enables plugins that the image has: <c>rabbitmq_shovel</c>. The image's own choice of plugins is then ignored.</summary>
    public RabbitMqBuilder WithPlugins(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ImmutableArray<string> plugins = Plugins.AddRange(names);
        return With(copy => copy.Plugins = plugins)
            .WithFile("/etc/rabbitmq/enabled_plugins", $"[{string.Join(',', plugins.Distinct())}].\n");
    }

    /// <summary>Enables the management plugin and publishes its port; see <see cref="RabbitMqContainer.GetManagementAddress"/>.</summary>
    public RabbitMqBuilder WithManagement() => WithPlugins("rabbitmq_management").WithPort(ManagementPort);

    /// <summary>Adds a file of settings, like those in /etc/rabbitmq/conf.d.</summary>
    /// <param name="name">The name of the file, which ends with <c>.conf</c>.</param>
    /// <param name="content">The text of the file, one <c>key = value</c> per line.</param>
    public RabbitMqBuilder WithConfiguration(string name, string content)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name.EndsWith(".conf", StringComparison.Ordinal) && !name.Contains('/')
            ? WithFile("/etc/rabbitmq/conf.d/" + name, content)
            : throw new ArgumentException(
                $"\"{name}\" would not be read: a file of settings has a name that ends with .conf.", nameof(name));
    }

    /// <summary>Makes the broker speak TLS on port 5671, which is published, in addition to AMQP without TLS on 5672.</summary>
    /// <inheritdoc/>
    public override RabbitMqBuilder WithTls() => base.WithTls().WithPort(TlsPort);

    /// <inheritdoc/>
    protected override RabbitMqBuilder Complete(ContainerRuntime runtime)
    {
        // A node named after the host would not be found by rabbitmqctl in a copy of the machine, which has another name.
        RabbitMqBuilder builder = base.Complete(runtime).WithDefaults(
            (UserVariable, "rabbitmq"), (PasswordVariable, runtime.DeriveSecret("RabbitMQ/password")), (VirtualHostVariable, "/"),
            ("RABBITMQ_NODENAME", "rabbit@localhost"));
        return UsesTls ? builder.WithConfiguration("90-islet-tls.conf", TlsConfiguration) : builder;
    }

    /// <inheritdoc/>
    protected override RabbitMqContainer Wrap(Container container) => new(container, Login, Certificate);

    private Task GreetAsync(Stream connection, CancellationToken cancellationToken) =>
        RabbitMqGreeting.SayAsync(connection, Login, cancellationToken);
}
