namespace Islet;

/// <summary>
/// How a container tells whether it is well: the image's HEALTHCHECK with Docker's defaults filled in.
/// </summary>
/// <param name="Command">The program and its arguments; exit code 0 means healthy.</param>
public sealed record Healthcheck(IReadOnlyList<string> Command)
{
    /// <summary>How often a failing check counts. Default: 30 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one check may take before it counts as failed. Default: 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For how long after the start failing checks don't count. Default: 0.</summary>
    public TimeSpan StartPeriod { get; init; } = TimeSpan.Zero;

    /// <summary>How many failures in a row make the container unhealthy. Default: 3.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>The healthcheck that an image's configuration describes; <see langword="null"/> when there is none (<c>NONE</c>).</summary>
    /// <param name="config">The image's HEALTHCHECK.</param>
    /// <param name="shell">The image's SHELL, which runs a command line; empty for <c>/bin/sh -c</c>.</param>
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
