using System.Collections.Immutable;
using Islet.Containers;
using Islet.Description;
using Islet.Images;
using Islet.Waiting;

namespace Islet;

/// <summary>
/// Describes a container and starts it. Each method returns a new builder, so that one builder can be the starting point
/// of many containers; what was said last about one thing holds.
/// </summary>
public sealed record ContainerBuilder : ContainerBuilder<ContainerBuilder, Container>
{
    /// <inheritdoc/>
    public ContainerBuilder(string image)
        : base(image)
    {
    }

    /// <inheritdoc/>
    public ContainerBuilder(ImageReference image)
        : base(image)
    {
    }

    /// <inheritdoc/>
    protected override Container Wrap(Container container) => container;
}

/// <summary>
/// What every builder of containers offers. Derive from it to describe one product: add methods that say in the product's words what
/// these say in the container's, and return the product's own type from <see cref="Wrap"/>.
/// </summary>
/// <typeparam name="TBuilder">The deriving type, which each method returns. It is immutable, as this is.</typeparam>
/// <typeparam name="TContainer">What a start gives.</typeparam>
public abstract partial record ContainerBuilder<TBuilder, TContainer>
    where TBuilder : ContainerBuilder<TBuilder, TContainer>
    where TContainer : IAsyncDisposable
{
    private readonly ImmutableArray<StartupCallback> _inheritedCallbacks = [];

    // Only ever set on a fresh copy, by With.
    private ContainerOptions _options;

    /// <summary>Begins with an image.</summary>
    /// <param name="image">
    /// <c>redis:7-alpine</c>, <c>registry.example.com/team/app@sha256:…</c>, <c>oci:PATH[:tag]</c> (an OCI image layout) or
    /// <c>docker-archive:PATH</c> (what <c>docker save</c> writes).
    /// </param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    protected ContainerBuilder(string image)
        : this(ImageReference.Parse(image))
    {
    }

    /// <summary>Begins with an image.</summary>
    protected ContainerBuilder(ImageReference image) => _options = new ContainerOptions { Image = image };

    /// <summary>Begins with what another builder has been told: a product's own defaults.</summary>
    protected ContainerBuilder(ContainerBuilder start)
    {
        ArgumentNullException.ThrowIfNull(start);
        _options = start.Options with { Wait = start._options.Wait };
        _inheritedCallbacks = start.StartupCallbacks;
    }

    /// <summary>All that a start would go by.</summary>
    internal ContainerOptions Options => _options with
    {
        Wait = _options.Wait ?? DefaultWait,
    };

    /// <summary>What is done with the container once it is ready, in order.</summary>
    internal ImmutableArray<StartupCallback> StartupCallbacks => [.. _inheritedCallbacks, .. Wrapping(_callbacks)];

    /// <summary>The environment variables that were set so far, without the image's own.</summary>
    protected IReadOnlyDictionary<string, string> Environment => _options.Environment;

    /// <summary>What a start waits for when <see cref="WaitUntil"/> was not called. It is asked of the completed builder.</summary>
    protected virtual WaitStrategy DefaultWait => Wait.Default;

    /// <summary>Fills in what the caller has left open and only the runtime can give, such as a password, right before a start.</summary>
    protected virtual TBuilder Complete(ContainerRuntime runtime) => (TBuilder)this;

    /// <summary>Makes a start's result from the container that was started. It is asked of the completed builder.</summary>
    protected abstract TContainer Wrap(Container container);

    /// <summary>Takes another image.</summary>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public TBuilder WithImage(string image) => With(_options with { Image = ImageReference.Parse(image) });

    /// <summary>The platform to take from a multi-platform image. Default: Linux on this host's architecture.</summary>
    public TBuilder WithPlatform(Platform platform) => With(_options with { Platform = platform });

    /// <summary>When to ask the registry. Default: <see cref="PullPolicy.Missing"/>.</summary>
    public TBuilder WithPullPolicy(PullPolicy policy) => With(_options with { PullPolicy = policy });

    /// <summary>A name for logs and error messages. Default: made from the image's name.</summary>
    public TBuilder WithName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return With(_options with { Name = name });
    }

    /// <summary>The program and its first arguments, in place of the image's ENTRYPOINT. The image's CMD then no longer applies.</summary>
    public TBuilder WithEntrypoint(params IReadOnlyList<string> entrypoint) =>
        With(_options with { Entrypoint = [.. CheckTexts(entrypoint, "entrypoint")] });

    /// <summary>The arguments in place of the image's CMD; the program itself where the image has no ENTRYPOINT.</summary>
    public TBuilder WithCommand(params IReadOnlyList<string> command) =>
        With(_options with { Command = [.. CheckTexts(command, "command")] });

    /// <summary>Sets an environment variable, in place of the image's of that name.</summary>
    /// <exception cref="ArgumentException">The name is empty or holds <c>=</c> or NUL, or the value holds NUL.</exception>
    public TBuilder WithEnvironment(string name, string value)
    {
        CheckEnvironment(name, value);
        return With(_options with { Environment = _options.Environment.SetItem(name, value) });
    }

    /// <summary>Sets environment variables.</summary>
    /// <exception cref="ArgumentException">A name is empty or holds <c>=</c> or NUL, or a value holds NUL.</exception>
    public TBuilder WithEnvironment(IEnumerable<KeyValuePair<string, string>> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        var builder = (TBuilder)this;
        foreach ((string name, string value) in variables)
            builder = builder.WithEnvironment(name, value);
        return builder;
    }

    /// <summary>The working directory; made if the image does not have it. Default: the image's.</summary>
    public TBuilder WithWorkingDirectory(string path) => With(_options with { WorkingDirectory = CheckPath(path) });

    /// <summary>The user: <c>name</c>, <c>uid</c>, <c>name:group</c> or <c>uid:gid</c>; names are looked up in the image. Default: the image's.</summary>
    public TBuilder WithUser(string user)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        return With(_options with { User = CheckText(user, "user") });
    }

    /// <summary>Groups beside the user's own, by name or id.</summary>
    public TBuilder WithAdditionalGroups(params IReadOnlyList<string> groups) =>
        With(_options with { AdditionalGroups = [.. CheckTexts(groups, "group")] });

    /// <summary>The container's hostname: letters, digits, <c>-</c> and <c>.</c>, 64 characters at most. Default: twelve random hexadecimal digits.</summary>
    /// <exception cref="ArgumentException">It is not a hostname.</exception>
    public TBuilder WithHostname(string hostname)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hostname);
        if (hostname.Length > 64 || hostname.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.')) || hostname[0] == '-')
            throw new ArgumentException($"\"{hostname}\" is not a hostname: use letters, digits, - and ., 64 characters at most.", nameof(hostname));
        return With(_options with { Hostname = hostname });
    }

    /// <summary>A label, for whoever looks at the container; Islet itself gives it no meaning.</summary>
    public TBuilder WithLabel(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return With(_options with { Labels = _options.Labels.SetItem(name, value) });
    }

    /// <summary>Gives the container's process a terminal; it then has one output stream.</summary>
    public TBuilder WithTerminal(int columns = 80, int rows = 24) =>
        With(_options with { Terminal = new TerminalSize(columns, rows) });

    /// <summary>Keeps the process's standard input open, for <see cref="Container.OpenStdinAsync"/>. Default: /dev/null.</summary>
    public TBuilder WithOpenStdin() => With(_options with { OpenStdin = true });

    /// <summary>What <see cref="Container.StopAsync"/> sends first. Default: the image's STOPSIGNAL, else SIGTERM.</summary>
    public TBuilder WithStopSignal(ContainerSignal signal) => With(_options with { StopSignal = signal });

    /// <summary>Publishes a TCP port of the container on a free port of 127.0.0.1; see <see cref="Container.GetPort(int)"/>.</summary>
    public TBuilder WithPort(int containerPort) => WithPort(containerPort, 0);

    /// <summary>Publishes a TCP port of the container on a port of 127.0.0.1.</summary>
    /// <param name="containerPort">The port inside the container.</param>
    /// <param name="hostPort">The port on the host; 0: a free one.</param>
    public TBuilder WithPort(int containerPort, int hostPort)
    {
        CheckPort(containerPort, nameof(containerPort));
        ArgumentOutOfRangeException.ThrowIfNegative(hostPort);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hostPort, 65535);
        return With(_options with
        {
            Ports = [.. _options.Ports.Where(port => port.ContainerPort != containerPort), new PortBinding(containerPort, hostPort)],
        });
    }

    /// <summary>Cuts the container off from every network but its published ports. Default: it reaches what the host reaches, except the loopback of the host (see <see cref="WithHostPort"/>) and link-local addresses.</summary>
    public TBuilder WithoutNetwork() => With(_options with { Network = false });

    /// <summary>Adds a line to the container's /etc/hosts.</summary>
    /// <param name="name">The name: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</param>
    /// <param name="address">An IP address. Of the host itself a container reaches the ports that <see cref="WithHostPort"/> names: there is no <c>host-gateway</c>.</param>
    /// <exception cref="ArgumentException">The name is none, or the address is no IP address.</exception>
    public TBuilder WithExtraHost(string name, string address)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        CheckHostName(name);
        if (address == "host-gateway")
        {
            throw new ArgumentException(
                $"\"host-gateway\" is no address: a container reaches only those ports of the host that are named. Write WithHostPort(\"{name}\", port, hostPort) for each.",
                nameof(address));
        }

        if (!System.Net.IPAddress.TryParse(address, out _))
            throw new ArgumentException($"\"{address}\" is not an IP address, which /etc/hosts needs.", nameof(address));
        return With(_options with { ExtraHosts = _options.ExtraHosts.SetItem(name, address) });
    }

    /// <summary>
    /// Lets the container reach a TCP port of the host's loopback, of which it reaches nothing otherwise, under a name and a port of its own:
    /// <c>WithHostPort("orders", 80, 5021)</c> makes <c>http://orders</c> in the container what <c>http://localhost:5021</c> is on the host.
    /// </summary>
    /// <param name="name">The name, which becomes a line of the container's /etc/hosts. Several ports may have one name.</param>
    /// <param name="port">The port under that name.</param>
    /// <param name="hostPort">The port on the host's loopback. It may be opened later, and by anybody: a client finds what is there when it connects.</param>
    public TBuilder WithHostPort(string name, int port, int hostPort)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        CheckHostName(name);
        CheckPort(port, nameof(port));
        CheckPort(hostPort, nameof(hostPort));
        return With(_options with
        {
            HostPorts =
            [
                .. _options.HostPorts.Where(other => other.Port != port || !other.Name.Equals(name, StringComparison.OrdinalIgnoreCase)),
                new HostPortBinding(name, port, hostPort),
            ],
        });
    }

    /// <summary>What <see cref="StartAsync(CancellationToken)"/> waits for. Default: every published port accepts connections inside the container.</summary>
    public TBuilder WaitUntil(WaitStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return With(_options with { Wait = strategy });
    }

    /// <summary>How long <see cref="StartAsync(CancellationToken)"/> may take from the spawn of the machine until the container is ready, without the pull. Default: 2 minutes.</summary>
    public TBuilder WithStartTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return With(_options with { StartTimeout = timeout });
    }

    /// <summary>
    /// How long the container may take to become ready, from the start of its process. <see cref="Timeout.InfiniteTimeSpan"/>: as long as it
    /// wants. Default: what the start timeout leaves, which without this counts until the container is ready.
    /// </summary>
    public TBuilder WithReadyTimeout(TimeSpan timeout)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return With(_options with { ReadyTimeout = timeout });
    }

    /// <summary>Reports the pull's progress.</summary>
    public TBuilder WithImageProgress(IProgress<ImageProgress> progress) => With(_options with { ImageProgress = progress });

    /// <summary>Reports each phase of the start when it begins and when it ends, on the thread that did so.</summary>
    public TBuilder WithStartupProgress(Action<StartupPhase> changed) => With(_options with { PhaseChanged = changed });

    /// <summary>Starts the container in a machine of its own and waits until it is ready.</summary>
    /// <param name="cancellationToken">Ends the start at any moment; nothing is left behind.</param>
    /// <returns>The running container; disposing it removes everything it had.</returns>
    /// <exception cref="IsletException">
    /// What failed, with the evidence: <see cref="ImageException"/>, <see cref="VirtualMachineException"/>,
    /// <see cref="ProcessStartException"/>, <see cref="WaitTimeoutException"/> …
    /// </exception>
    public Task<TContainer> StartAsync(CancellationToken cancellationToken = default) =>
        StartAsync(ContainerRuntime.Default, cancellationToken);

    /// <summary>Starts the container with a runtime other than <see cref="ContainerRuntime.Default"/>.</summary>
    /// <inheritdoc cref="StartAsync(CancellationToken)"/>
    public async Task<TContainer> StartAsync(ContainerRuntime runtime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        TBuilder complete = Complete(runtime);
        return complete.Wrap(await new ContainerStarter(runtime.Engine)
            .StartAsync(complete.Options, complete.StartupCallbacks, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The image. What else a builder was told may be secret.</summary>
    public sealed override string ToString() => _options.Image.ToString();

    private TBuilder With(ContainerOptions options) => (TBuilder)(this with { _options = options });

    private static IEnumerable<string> CheckTexts(IReadOnlyList<string> texts, string what)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return texts.Select(text => CheckText(text, what));
    }

    // execve(2) takes NUL-terminated strings: a NUL inside would silently cut one short.
    private static string CheckText(string text, string what) => text.Contains('\0')
        ? throw new ArgumentException($"The {what} holds a NUL character, which Linux cannot pass to a process.")
        : text;

    private static void CheckEnvironment(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (name.Contains('='))
            throw new ArgumentException($"\"{name}\" is not the name of an environment variable: it holds a =.", nameof(name));
        CheckText(name, "environment variable's name");
        CheckText(value, $"environment variable {name}");
    }

    private static void CheckHostName(string name)
    {
        if (name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_')))
            throw new ArgumentException($"\"{name}\" is not a name for a host: use letters, digits, -, _ and .", nameof(name));
    }

    private static void CheckPort(int port, string parameter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1, parameter);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535, parameter);
    }

    private static string CheckPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path[0] == '/'
            ? CheckText(path, "path")
            : throw new ArgumentException($"\"{path}\" is not an absolute path inside the container: begin it with /.", nameof(path));
    }
}
