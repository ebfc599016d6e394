using Islet.Waiting;

namespace Islet;

/// <summary>Says when a container counts as ready.</summary>
/// <example><code>
/// Wait.ForAll(
///     Wait.ForPort(5432),
///     Wait.ForLogLine("ready to accept connections", occurrence: 2).WithTimeout(TimeSpan.FromSeconds(30)))
/// </code></example>
public static class Wait
{
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Every published port accepts connections; without published ports, the container's process has been started.</summary>
    public static WaitStrategy Default { get; } = new DefaultWait();

    /// <summary>
    /// A process inside the container accepts connections on the TCP port, published or not. That the port is forwarded is not enough.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a port.</exception>
    public static PortWait ForPort(int port) => new(port);

    /// <summary>A line of the container's log, of either stream, matches.</summary>
    /// <param name="pattern">
    /// A regular expression (culture-invariant); it may match anywhere in the line. A pattern that takes longer than 1 s on one line
    /// fails the wait.
    /// </param>
    /// <param name="occurrence">How many lines have to match, the first lines after the start included.</param>
    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    public static LogLineWait ForLogLine(string pattern, int occurrence = 1) => new(pattern, occurrence, s_matchTimeout);

    /// <summary>An HTTP server inside the container answers with a success status (200-299), if not told otherwise.</summary>
    /// <param name="port">The port inside the container; it need not be published.</param>
    /// <param name="path">The path, from its slash on, with the query.</param>
    /// <exception cref="ArgumentException">Not a port, or not a path.</exception>
    public static HttpWait ForHttp(int port = 80, string path = "/") => new(port, path);

    /// <summary>A command inside the container ends with exit code 0, if not told otherwise. It is run until it does.</summary>
    /// <param name="command">The program and its arguments; for a shell write <c>"sh", "-c", line</c>.</param>
    public static CommandWait ForCommand(params string[] command) => new([.. command]);

    /// <summary>
    /// The image's own healthcheck (<c>HEALTHCHECK</c> in its Dockerfile) passes. A container that is unhealthy fails the wait.
    /// </summary>
    public static HealthyWait ForHealthy() => new();

    /// <summary>The container has run to its end, with exit code 0, if not told otherwise.</summary>
    public static ExitWait ForExit() => new();

    /// <summary>
    /// A function returns true. It is called until it does; an exception means "not yet", except <see cref="WaitFailedException"/>,
    /// which gives up.
    /// </summary>
    /// <param name="description">What is waited for, as it reads after "waited 60 s for": <c>the schema to exist</c>.</param>
    /// <param name="condition">The function.</param>
    public static ConditionWait Until(string description, Func<IWaitTarget, CancellationToken, Task<bool>> condition) =>
        new(description, condition);

    /// <summary>All of the strategies have come true. They are waited for at the same time; the first that fails, fails it.</summary>
    public static AllWait ForAll(params WaitStrategy[] strategies) => new([.. strategies]);

    /// <summary>One of the strategies has come true. Fails when all have failed, and tells how each did.</summary>
    public static AnyWait ForAny(params WaitStrategy[] strategies) => new([.. strategies]);
}
