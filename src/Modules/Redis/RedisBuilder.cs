using System.Collections.Immutable;
using System.Text;

namespace Islet.Modules.Redis;

/// <summary>Describes a Redis server and starts it. It is ready when it has loaded its data and answers commands.</summary>
/// <example><code>
/// await using RedisContainer redis = await new RedisBuilder().StartAsync(cancellationToken);
/// using var connection = await ConnectionMultiplexer.ConnectAsync(redis.GetConnectionString());
/// </code></example>
public sealed class RedisBuilder : ModuleBuilder<RedisBuilder, RedisContainer>
{
    /// <summary>The image that is started when no other is given.</summary>
    public const string DefaultImage = "docker.io/library/redis:7";

    internal const int ServerPort = 6379;

    // A file, not arguments: those appear in error messages, and one of them would be the password.
    private const string ConfigurationPath = "/etc/islet/redis.conf";

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">Any version of the official image, or one with its conventions. Default: <see cref="DefaultImage"/>.</param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public RedisBuilder(string image = DefaultImage)
        : base(new ContainerBuilder(image).WithPort(ServerPort).WithCommand("redis-server", ConfigurationPath))
    {
    }

    // Null means a random password; empty means none.
    private string? Password { get; set; }

    private ImmutableArray<string> Lines { get; set; } = [];

    /// <inheritdoc/>
    protected override WaitStrategy DefaultWait => new GreetingWait("Redis", ServerPort, RedisGreeting.SayAsync) { Tls = UsesTls };

    /// <summary>
    /// Sets the password that clients have to give. Default: a random one, the same for every container of this cache directory.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The password is empty, or holds a character that a configuration file or a connection string can't hold: white space, commas,
    /// quotation marks, backslashes.
    /// </exception>
    public RedisBuilder WithPassword(string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        if (password.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character is ',' or '"' or '\'' or '\\'))
        {
            throw new ArgumentException(
                "The password holds white space, a comma, a quotation mark or a backslash, which redis.conf or StackExchange.Redis's "
                + "connection strings have no way to write.",
                nameof(password));
        }

        return With(copy => copy.Password = password);
    }

    /// <summary>Lets every client connect without a password.</summary>
    public RedisBuilder WithoutPassword() => With(copy => copy.Password = "");

    /// <summary>Adds a line to the server's configuration: <c>maxmemory 64mb</c>. See redis.conf.</summary>
    public RedisBuilder WithConfiguration(string line)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(line);
        return With(copy => copy.Lines = Lines.Add(line));
    }

    /// <summary>Makes the server speak TLS, and only TLS, on its usual port.</summary>
    /// <inheritdoc/>
    public override RedisBuilder WithTls() => base.WithTls();

    /// <inheritdoc/>
    protected override RedisBuilder Complete(ContainerRuntime runtime)
    {
        RedisBuilder builder = base.Complete(runtime).With(copy => copy.Password = Password ?? runtime.DeriveSecret("Redis/password"));
        return builder.WithFile(ConfigurationPath, builder.Configuration());
    }

    /// <inheritdoc/>
    protected override RedisContainer Wrap(Container container) => new(container, new RedisLogin(Password ?? ""), Certificate);

    private string Configuration()
    {
        // Protected mode would accept only clients from inside the container; the container has its own network.
        var text = new StringBuilder("bind * -::*\nprotected-mode no\nsave \"\"\n");
        if (!string.IsNullOrEmpty(Password))
            text.Append("requirepass ").Append(Password).Append('\n');
        if (UsesTls)
        {
            text.Append($"port 0\ntls-port {ServerPort}\ntls-auth-clients no\n")
                .Append($"tls-cert-file {ServerCertificate.ContainerPath}\ntls-key-file {ServerCertificate.ContainerKeyPath}\n");
        }

        return text.AppendJoin('\n', Lines).Append('\n').ToString();
    }
}
