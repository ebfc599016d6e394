using System.Collections.Immutable;

namespace Islet.Modules.Memcached;

/// <summary>
/// Describes a memcached server and starts it. It is ready when it reports its version. It has no users and no passwords.
/// </summary>
/// <example><code>
/// await using MemcachedContainer memcached = await new MemcachedBuilder().StartAsync(cancellationToken);
/// string address = memcached.GetConnectionString();
/// </code></example>
public sealed class MemcachedBuilder : ModuleBuilder<MemcachedBuilder, MemcachedContainer>
{
    /// <summary>The image that is started when no other is given.</summary>
    public const string DefaultImage = "docker.io/library/memcached:1.6";

    internal const int ServerPort = 11211;

    private const string Program = "memcached";

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">Any version of the official image, or one with its conventions. Default: <see cref="DefaultImage"/>.</param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public MemcachedBuilder(string image = DefaultImage)
        : base(new ContainerBuilder(image).WithPort(ServerPort).WithCommand(Program).WithMemory(MemorySize.FromMebibytes(128)))
    {
    }

    private ImmutableArray<string> Arguments { get; set; } = [];

    /// <inheritdoc/>
    protected override WaitStrategy DefaultWait => new GreetingWait("memcached", ServerPort, MemcachedGreeting.SayAsync) { Tls = UsesTls };

    /// <summary>Adds arguments for the server: <c>-m</c>, <c>32</c>. See memcached(1).</summary>
    public MemcachedBuilder WithArguments(params IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ImmutableArray<string> all = Arguments.AddRange(arguments);
        return With(copy => copy.Arguments = all).WithCommand([Program, .. all]);
    }

    /// <summary>Makes the server speak TLS, and only TLS, on its usual port.</summary>
    /// <inheritdoc/>
    public override MemcachedBuilder WithTls() => base.WithTls().WithArguments(
        "--enable-ssl", "-o", $"ssl_chain_cert={ServerCertificate.ContainerPath},ssl_key={ServerCertificate.ContainerKeyPath}");

    /// <inheritdoc/>
    protected override MemcachedContainer Wrap(Container container) => new(container, Certificate);
}
