using System.Collections.Immutable;
using Islet.Containers;
using Islet.Description;
using Islet.Starting;

namespace Islet;

/// <summary>
/// Describes a container and starts it. Each method returns a new builder, so that one builder can be the starting point
/// of many containers. The last call about one thing counts.
/// </summary>
public sealed class ContainerBuilder : ContainerBuilder<ContainerBuilder, Container>
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
/// The base of all builders of containers. Derive from it to describe one product: add methods that offer these settings in the product's
/// terms, and return the product's own type from <see cref="Wrap"/>.
/// </summary>
/// <typeparam name="TBuilder">
/// The deriving type, which each method returns. Its own methods return a changed copy, too: see <see cref="With(Action{TBuilder})"/>.
/// </typeparam>
/// <typeparam name="TContainer">The result of a start.</typeparam>
public abstract partial class ContainerBuilder<TBuilder, TContainer>
    where TBuilder : ContainerBuilder<TBuilder, TContainer>
    where TContainer : Container
{
    private readonly ImmutableArray<StartupCallback> _inheritedCallbacks = [];

    // Set only on a fresh copy, by With.
    private ContainerOptions _options;

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">
    /// <c>redis:7-alpine</c>, <c>registry.example.com/team/app@sha256:…</c>, <c>oci:PATH[:tag]</c> (an OCI image layout) or
    /// <c>docker-archive:PATH</c> (a file that <c>docker save</c> wrote).
    /// </param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    protected ContainerBuilder(string image)
        : this(ImageReference.Parse(image))
    {
    }

    /// <summary>Creates a builder for an image.</summary>
    protected ContainerBuilder(ImageReference image) => _options = new ContainerOptions { Image = image };

    /// <summary>Creates a builder with all settings of another builder: a product's own defaults.</summary>
    protected ContainerBuilder(ContainerBuilder start)
    {
        ArgumentNullException.ThrowIfNull(start);
        _options = start.Options with { Wait = start._options.Wait };
        _inheritedCallbacks = start.StartupCallbacks;
    }

    /// <summary>All settings that a start uses.</summary>
    internal ContainerOptions Options => _options with
    {
        Wait = _options.Wait ?? DefaultWait,
    };

    /// <summary>The callbacks that run once the container is ready, in order.</summary>
    internal ImmutableArray<StartupCallback> StartupCallbacks => [.. _inheritedCallbacks, .. Wrapping(_callbacks)];

    /// <summary>The environment variables that were set so far, without the image's own.</summary>
    protected IReadOnlyDictionary<string, string> Environment => _options.Environment;

    /// <summary>The wait strategy of a start when <see cref="WaitUntil"/> was not called. It is read from the completed builder.</summary>
    protected virtual WaitStrategy DefaultWait => Wait.Default;

    /// <summary>
    /// Fills in settings that the caller has left open and that only the runtime can give, such as a password, right before a start.
    /// </summary>
    protected virtual TBuilder Complete(ContainerRuntime runtime) => (TBuilder)this;

    /// <summary>Makes a start's result from the container that was started. It is called on the completed builder.</summary>
    protected abstract TContainer Wrap(Container container);

    /// <summary>Replaces the image.</summary>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public TBuilder WithImage(string image) => With(_options with { Image = ImageReference.Parse(image) });

    /// <summary>
    /// Sets the platform to take from a multi-platform image, as in linux/arm64. Programs for another architecture than the host's are
    /// emulated, several times slower. Default: Linux on this host's architecture.
    /// <see cref="ContainerRuntime.SupportFor(Platform, Emulation)"/> tells whether it can run here.
    /// </summary>
    /// <param name="platform">The platform.</param>
    /// <param name="emulation">The way to emulate another architecture than the host's.</param>
    public TBuilder WithPlatform(Platform platform, Emulation emulation = Emulation.Automatic)
    {
        ArgumentNullException.ThrowIfNull(platform);
        return With(_options with { Platform = platform, Emulation = emulation });
    }

    /// <summary>Sets when a start asks the registry. Default: <see cref="PullPolicy.Missing"/>.</summary>
    public TBuilder WithPullPolicy(PullPolicy policy) => With(_options with { PullPolicy = policy });

    /// <summary>Sets a name for logs and error messages. Default: made from the image's name.</summary>
    public TBuilder WithName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return With(_options with { Name = name });
    }

    /// <summary>
    /// Sets the program and its first arguments, instead of the image's ENTRYPOINT. The image's CMD then no longer applies.
    /// </summary>
    public TBuilder WithEntrypoint(params IReadOnlyList<string> entrypoint) =>
        With(_options with { Entrypoint = [.. CheckTexts(entrypoint, "entrypoint")] });

    /// <summary>
    /// Sets the arguments, instead of the image's CMD. If the image has no ENTRYPOINT, the first of them is the program.
    /// </summary>
    public TBuilder WithCommand(params IReadOnlyList<string> command) =>
        With(_options with { Command = [.. CheckTexts(command, "command")] });

    /// <summary>Sets an environment variable. It replaces one of the same name in the image.</summary>
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

    /// <summary>Sets the working directory, which is made if the image does not have it. Default: the image's.</summary>
    public TBuilder WithWorkingDirectory(string path) => With(_options with { WorkingDirectory = CheckPath(path) });

    /// <summary>
    /// Sets the user: <c>name</c>, <c>uid</c>, <c>name:group</c> or <c>uid:gid</c>. Names are looked up in the image. Default: the image's.
    /// </summary>
    public TBuilder WithUser(string user)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        return With(_options with { User = CheckText(user, "user") });
    }

    /// <summary>Adds groups to the user's own, by name or id.</summary>
    public TBuilder WithAdditionalGroups(params IReadOnlyList<string> groups) =>
        With(_options with { AdditionalGroups = [.. CheckTexts(groups, "group")] });

    /// <summary>
    /// Sets the container's hostname: letters, digits, <c>-</c> and <c>.</c>, 64 characters at most. Default: twelve random hexadecimal
    /// digits.
    /// </summary>
    /// <exception cref="ArgumentException">The text is not a hostname.</exception>
    public TBuilder WithHostname(string hostname)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hostname);
        if (hostname.Length > 64 || hostname.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.')) || hostname[0] == '-')
            throw new ArgumentException(
                $"\"{hostname}\" is not a hostname: use letters, digits, - and ., 64 characters at most.", nameof(hostname));
        return With(_options with { Hostname = hostname });
    }

    /// <summary>Adds a label, for users and tools that inspect the container; Islet itself gives it no meaning.</summary>
    public TBuilder WithLabel(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return With(_options with { Labels = _options.Labels.SetItem(name, value) });
    }

    /// <summary>Gives the container's process a terminal; it then has one output stream.</summary>
    public TBuilder WithTerminal(int columns = 80, int rows = 24) =>
        With(_options with { Terminal = new TerminalSize(columns, rows) });

    /// <summary>
    /// Offers the agent in the container's machine on a unix socket, for debugging: <c>grpcurl -plaintext unix:PATH list</c>. The socket
    /// has mode
    /// 0600; a process that has opened it can do anything in the container. It lasts as long as the container, and forks have none.
    /// </summary>
    /// <param name="path">The path, at most 107 bytes, where no file may be.</param>
    public TBuilder WithAgentSocket(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return With(_options with { AgentSocket = Path.GetFullPath(path) });
    }

    /// <summary>Keeps the process's standard input open, for <see cref="Container.OpenStdinAsync"/>. Default: /dev/null.</summary>
    public TBuilder WithOpenStdin() => With(_options with { OpenStdin = true });

    /// <summary>
    /// Sets the signal that <see cref="Container.StopAsync"/> sends first. Default: the image's STOPSIGNAL, else SIGTERM.
    /// </summary>
    public TBuilder WithStopSignal(ContainerSignal signal) => With(_options with { StopSignal = signal });

    /// <summary>Publishes a TCP port of the container on 127.0.0.1; see <see cref="Container.GetPort(int)"/>.</summary>
    /// <param name="containerPort">The port inside the container.</param>
    /// <param name="hostPort">
    /// The port on the host. Name the argument where you give it: Docker writes the host's port first. Default: a free one.
    /// </param>
    public TBuilder WithPort(int containerPort, int? hostPort = null)
    {
        CheckPort(containerPort, nameof(containerPort));
        if (hostPort is { } chosen)
            CheckPort(chosen, nameof(hostPort));
        return With(_options with
        {
            Ports = [.. _options.Ports.Where(port => port.ContainerPort != containerPort), new PortBinding(containerPort, hostPort)],
        });
    }

    /// <summary>
    /// Cuts the container off from every network except its published ports. Default: the container reaches the same addresses as the host,
    /// except the host's loopback (see <see cref="WithHostPort"/>) and link-local addresses.
    /// </summary>
    public TBuilder WithoutNetwork() => With(_options with { Network = false });

    /// <summary>Adds a line to the container's /etc/hosts.</summary>
    /// <param name="name">The name: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</param>
    /// <param name="address">
    /// An IP address. There is no <c>host-gateway</c>: on the host itself, a container reaches only the ports given to
    /// <see cref="WithHostPort"/>.
    /// </param>
    /// <exception cref="ArgumentException">The name or the IP address is not valid.</exception>
    public TBuilder WithExtraHost(string name, string address)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        CheckHostName(name);
        if (address == "host-gateway")
        {
            throw new ArgumentException(
                "\"host-gateway\" is no address: a container reaches only those ports of the host that are named. "
                + $"Write WithHostPort(\"{name}\", port, hostPort) for each.",
                nameof(address));
        }

        if (!System.Net.IPAddress.TryParse(address, out _))
            throw new ArgumentException($"\"{address}\" is not an IP address, which /etc/hosts needs.", nameof(address));
        return With(_options with { ExtraHosts = _options.ExtraHosts.SetItem(name, address) });
    }

    /// <summary>
    /// Lets the container reach the published ports of another one, under a name and the ports that they have in there:
    /// <c>WithReach("db", postgres)</c> makes <c>db:5432</c> in this container what <c>localhost:5432</c> is in that one.
    /// </summary>
    /// <param name="name">The name, which becomes a line of the container's /etc/hosts.</param>
    /// <param name="container">
    /// The other container, which has started. It may be paused, restarted, saved and rolled back: its ports on the host stay the same.
    /// </param>
    /// <exception cref="ArgumentException">The name is not valid, or the other container publishes no port.</exception>
    /// <seealso cref="WithHostPort"/>
    public TBuilder WithReach(string name, Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (container.Ports is [])
            throw new ArgumentException(
                $"{container.Name} publishes no port that \"{name}\" could reach. Start it with WithPort(…).", nameof(container));

        var builder = (TBuilder)this;
        foreach (PublishedPort port in container.Ports)
            builder = builder.WithHostPort(name, port.ContainerPort, port.HostPort);
        return builder;
    }

    /// <summary>
    /// Lets the container reach a TCP port of the host's loopback, under a name and a port in the container. Without this it reaches
    /// nothing on that loopback.
    /// <c>WithHostPort("orders", 80, 5021)</c> makes <c>http://orders</c> in the container what <c>http://localhost:5021</c> is on the
    /// host.
    /// </summary>
    /// <param name="name">The name, which becomes a line of the container's /etc/hosts. Several ports may have one name.</param>
    /// <param name="port">The port in the container, under that name.</param>
    /// <param name="hostPort">
    /// The port on the host's loopback. Any process may open it, also later: a client reaches what listens there when it connects.
    /// </param>
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

    /// <summary>
    /// Sets the condition that <see cref="StartAsync(CancellationToken)"/> waits for. Default: every published port accepts connections
    /// inside the container.
    /// </summary>
    public TBuilder WaitUntil(WaitStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return With(_options with { Wait = strategy });
    }

    /// <summary>
    /// Limits the time that <see cref="StartAsync(CancellationToken)"/> may take from the spawn of the machine until the container is
    /// ready, without the pull. Default: 2 minutes.
    /// </summary>
    public TBuilder WithStartTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return With(_options with { StartTimeout = timeout });
    }

    /// <summary>
    /// Limits the time that the container may take to become ready, from the start of its process. With
    /// <see cref="Timeout.InfiniteTimeSpan"/> there is no limit. Default: the rest of the start timeout, which counts until the container
    /// is ready unless this limit is set.
    /// </summary>
    public TBuilder WithReadyTimeout(TimeSpan timeout)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return With(_options with { ReadyTimeout = timeout });
    }

    /// <summary>Sets a receiver of the pull's progress.</summary>
    public TBuilder WithImageProgress(IProgress<ImageProgress> progress) => With(_options with { ImageProgress = progress });

    /// <summary>
    /// Sets a callback for each phase of the start, at its beginning and at its end, on the thread that begins or ends it.
    /// </summary>
    public TBuilder WithStartupProgress(Action<StartupPhase> changed) => With(_options with { PhaseChanged = changed });

    /// <summary>Starts the container in a machine of its own and waits until it is ready.</summary>
    /// <param name="cancellationToken">Ends the start at any moment; nothing is left behind.</param>
    /// <returns>The running container; disposing it removes everything it had.</returns>
    /// <exception cref="ContainerStartException">
    /// The start failed; its reason says why, and the exception holds the evidence. Some reasons have a type of their own:
    /// <see cref="ImageException"/>, <see cref="PortUnavailableException"/>, <see cref="WaitFailedException"/>,
    /// <see cref="WaitTimeoutException"/>.
    /// </exception>
    /// <exception cref="HostUnsupportedException">No machine can run on this host, or none of the image's architecture.</exception>
    public Task<TContainer> StartAsync(CancellationToken cancellationToken = default) =>
        StartAsync(ContainerRuntime.Default, cancellationToken);

    /// <summary>Starts the container with a runtime other than <see cref="ContainerRuntime.Default"/>.</summary>
    /// <inheritdoc cref="StartAsync(CancellationToken)"/>
    public async Task<TContainer> StartAsync(ContainerRuntime runtime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        TBuilder complete;
        try
        {
            complete = Complete(runtime);
        }
        catch (IsletException exception)
        {
            throw StartFailure.ForCaller(exception);
        }

        ContainerCore container = await new ContainerStarter(runtime.Engine)
            .StartAsync(complete.Options, complete.StartupCallbacks, cancellationToken).ConfigureAwait(false);
        return await container.WrapAsync(core => complete.Wrap(new Container(core))).ConfigureAwait(false);
    }

    /// <summary>Returns the image only: the other settings may be secret.</summary>
    public sealed override string ToString() => _options.Image.ToString();

    /// <summary>
    /// Returns a changed copy of this builder, for the methods of a deriving type:
    /// <c>public MyBuilder WithRegion(string region) =&gt; With(copy =&gt; copy.Region = region);</c>
    /// </summary>
    /// <param name="change">A function that sets properties of the copy. It must not change what they refer to.</param>
    protected TBuilder With(Action<TBuilder> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var copy = (TBuilder)MemberwiseClone();
        change(copy);
        return copy;
    }

    private TBuilder With(ContainerOptions options) => With(copy => copy._options = options);

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
