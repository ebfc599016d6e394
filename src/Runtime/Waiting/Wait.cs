using Islet.Waiting;

namespace Islet;

/// <summary>The wait strategies, which decide when a container counts as ready.</summary>
/// <example><code>
/// Wait.ForAll(
///     Wait.ForPort(5432),
///     Wait.ForLogLine("ready to accept connections", occurrence: 2).WithTimeout(TimeSpan.FromSeconds(30)))
/// </code></example>
public static class Wait
{
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The default: every published port accepts connections. Without published ports, the container's process has been started.
    /// </summary>
    public static WaitStrategy Default { get; } = new DefaultWait();

    /// <summary>
    /// Waits until a process inside the container accepts connections on the TCP port, published or not. A forwarded port alone is not
    /// enough.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not a port.</exception>
    public static WaitStrategy ForPort(int port) => new PortWait(port);

    /// <summary>Waits until a line of the container's log, of either stream, matches.</summary>
    /// <param name="pattern">
    /// A regular expression (culture-invariant); it may match anywhere in the line. A pattern that takes longer than 1 s on one line
    /// makes the wait fail.
    /// </param>
    /// <param name="occurrence">The number of lines that have to match, counted from the start of the process.</param>
    /// <exception cref="ArgumentException">The pattern is not a regular expression.</exception>
    public static WaitStrategy ForLogLine(string pattern, int occurrence = 1) => new LogLineWait(pattern, occurrence, s_matchTimeout);

    /// <summary>Waits until an HTTP server inside the container answers with a success status; by default, 200-299.</summary>
    /// <param name="port">The port inside the container; it need not be published.</param>
    /// <param name="path">The path, from its slash on, with the query.</param>
    /// <exception cref="ArgumentException">The port or the path is not valid.</exception>
    public static HttpWait ForHttp(int port = 80, string path = "/") => new(port, path);

    /// <summary>
    /// Waits until a command inside the container ends with an exit code; by default, 0. It is run again and again until then.
    /// </summary>
    /// <param name="command">The program and its arguments; for a shell, write <c>"sh", "-c", line</c>.</param>
    public static CommandWait ForCommand(params string[] command) => new([.. command]);

    /// <summary>
    /// Waits until the image's own healthcheck (<c>HEALTHCHECK</c> in its Dockerfile) passes. If the container is unhealthy, the wait
    /// fails.
    /// </summary>
    public static WaitStrategy ForHealthy() => new HealthyWait();

    /// <summary>Waits until the container has run to its end with an exit code; by default, 0.</summary>
    public static ExitWait ForExit() => new();

    /// <summary>
    /// Waits until a function returns true. It is called again and again until then. An exception means "not yet", except
    /// <see cref="WaitFailedException"/>, which makes the wait fail.
    /// </summary>
    /// <param name="description">The awaited condition, as text to follow "waited 60 s for": <c>the schema to exist</c>.</param>
    /// <param name="condition">The function.</param>
    public static WaitStrategy Until(string description, Func<IWaitTarget, CancellationToken, Task<bool>> condition) =>
        new ConditionWait(description, condition);

    /// <summary>
    /// Waits until all of the strategies have come true. They run at the same time, and the first failure of one of them ends the wait.
    /// </summary>
    public static WaitStrategy ForAll(params WaitStrategy[] strategies) => new AllWait([.. strategies]);

    /// <summary>Waits until one of the strategies has come true. Fails when all of them have failed, and reports each failure.</summary>
    public static WaitStrategy ForAny(params WaitStrategy[] strategies) => new AnyWait([.. strategies]);

    /// <summary>
    /// Returns the same strategy, which fails after <paramref name="timeout"/> with a <see cref="WaitTimeoutException"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero or negative.</exception>
    public static TWait WithTimeout<TWait>(this TWait wait, TimeSpan timeout)
        where TWait : WaitStrategy =>
        (TWait)(wait with { Timeout = timeout });
}
