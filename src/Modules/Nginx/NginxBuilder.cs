namespace Islet.Modules.Nginx;

/// <summary>Describes an nginx web server and starts it. It is ready when it answers a request, with any status.</summary>
/// <example><code>
/// await using NginxContainer nginx = await new NginxBuilder().WithSite("wwwroot").StartAsync(cancellationToken);
/// using var client = new HttpClient { BaseAddress = nginx.BaseAddress };
/// </code></example>
public sealed class NginxBuilder : ModuleBuilder<NginxBuilder, NginxContainer>
{
    /// <summary>The image that is started when no other is given.</summary>
    public const string DefaultImage = "docker.io/library/nginx:1";

    internal const int ServerPort = 80;
    internal const int TlsPort = 443;

    private const string Root = "/usr/share/nginx/html";

    // The workers run as another user, and whether they can read a page must not depend on the host's umask.
    private const UnixFileMode ReadableByAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // Placed in front of the server on port 80, so that a configuration of the caller is reached over TLS too.
    private const string TlsConfiguration =
        $$"""
        server {
            listen 443 ssl;
            server_name localhost;
            ssl_certificate {{ServerCertificate.ContainerPath}};
            ssl_certificate_key {{ServerCertificate.ContainerKeyPath}};

            location / {
                proxy_pass http://127.0.0.1:80;
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-Proto https;
            }
        }

        """;

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">Any version of the official image, or one with its conventions. Default: <see cref="DefaultImage"/>.</param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public NginxBuilder(string image = DefaultImage)
        : base(new ContainerBuilder(image).WithPort(ServerPort).WithMemory(MemorySize.FromMebibytes(128)))
    {
    }

    /// <inheritdoc/>
    protected override WaitStrategy DefaultWait => UsesTls ? Answer(TlsPort).UsingTls() : Answer(ServerPort);

    /// <summary>Serves a directory of this machine, instead of the image's welcome page. It is read at each start.</summary>
    public NginxBuilder WithSite(string hostDirectory) => WithCopy(hostDirectory, Root, ReadableByAll);

    /// <summary>Serves a page.</summary>
    /// <param name="path">The path of the page, beginning with a slash: <c>/health.json</c>.</param>
    /// <param name="content">The text of the page.</param>
    public NginxBuilder WithPage(string path, string content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path[0] == '/'
            ? WithFile(Root + path, content)
            : throw new ArgumentException($"\"{path}\" is not the path of a URL: begin it with a slash.", nameof(path));
    }

    /// <summary>Replaces the configuration of the site: <c>server { listen 80; … }</c>.</summary>
    public NginxBuilder WithConfiguration(string content)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(content);
        return WithFile("/etc/nginx/conf.d/default.conf", content);
    }

    /// <summary>Makes the server speak TLS on port 443, which is published, in front of the site on port 80.</summary>
    /// <inheritdoc/>
    public override NginxBuilder WithTls() => base.WithTls().WithPort(TlsPort);

    /// <inheritdoc/>
    protected override NginxBuilder Complete(ContainerRuntime runtime)
    {
        NginxBuilder builder = base.Complete(runtime);
        return UsesTls ? builder.WithFile("/etc/nginx/conf.d/islet-tls.conf", TlsConfiguration) : builder;
    }

    /// <inheritdoc/>
    protected override NginxContainer Wrap(Container container) => new(container, Certificate);

    private static HttpWait Answer(int port) => Wait.ForHttp(port).ForStatus(_ => true);
}
