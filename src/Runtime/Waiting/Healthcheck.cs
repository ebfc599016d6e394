namespace Islet;

/// <summary>
/// A command that checks whether a container is healthy: the image's HEALTHCHECK, with Docker's defaults filled in.
/// </summary>
/// <param name="Command">The program and its arguments; exit code 0 means healthy.</param>
public sealed record Healthcheck(IReadOnlyList<string> Command)
{
    /// <summary>The interval in which at most one failing check counts. Default: 30 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time after which one check counts as failed. Default: 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time after the start in which failing checks don't count. Default: 0.</summary>
    public TimeSpan StartPeriod { get; init; } = TimeSpan.Zero;

    /// <summary>The number of failures in a row that make the container unhealthy. Default: 3.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Returns the healthcheck of an image's configuration; <see langword="null"/> if it has none (<c>NONE</c>).</summary>
    /// <param name="config">The image's HEALTHCHECK.</param>
    /// <param name="shell">The image's SHELL, which runs a command line; <c>/bin/sh -c</c> if it is empty.</param>
    internal static Healthcheck? From(HealthcheckConfig? config, IReadOnlyList<string> shell)
    {
        IReadOnlyList<string>? command = config?.Test switch
        {
            ["CMD", _, ..] => [.. config.Test.Skip(1)],
            ["CMD-SHELL", string line, ..] => shell.Count > 0 ? [.. shell, line] : ["/bin/sh", "-c", line],
            _ => null,
        };
        if (command is null)
            return null;

        var docker = new Healthcheck(command);
        return docker with
        {
            Interval = config!.Interval ?? docker.Interval,
            Timeout = config.Timeout ?? docker.Timeout,
            StartPeriod = config.StartPeriod ?? docker.StartPeriod,
            Retries = config.Retries ?? docker.Retries,
        };
    }
}
