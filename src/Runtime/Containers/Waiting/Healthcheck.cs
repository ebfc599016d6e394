namespace Islet.Containers.Waiting;

/// <summary>
/// The healthcheck that an image brings along (<c>Healthcheck</c> in Docker's image configuration; the OCI image specification
/// leaves the field to Docker). The defaults are Docker's.
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

    /// <summary>Reads an image's <c>Healthcheck</c>; a duration or a count that is 0 or missing there means the default.</summary>
    /// <param name="test">
    /// <c>Test</c>: <c>["CMD", program, argument …]</c>, <c>["CMD-SHELL", line]</c>; <c>["NONE"]</c> or empty mean that there is none.
    /// </param>
    /// <param name="interval">Nanoseconds.</param>
    /// <param name="timeout">Nanoseconds.</param>
    /// <param name="startPeriod">Nanoseconds.</param>
    /// <param name="retries">A count.</param>
    internal static Healthcheck? FromImage(IReadOnlyList<string>? test, long interval, long timeout, long startPeriod, int retries)
    {
        IReadOnlyList<string>? command = test switch
        {
            ["CMD", _, ..] => [.. test.Skip(1)],
            ["CMD-SHELL", string line, ..] => ["/bin/sh", "-c", line],
            _ => null,
        };
        if (command is null)
            return null;

        var healthcheck = new Healthcheck(command) { StartPeriod = FromNanoseconds(Math.Max(startPeriod, 0)) };
        if (interval > 0)
            healthcheck = healthcheck with { Interval = FromNanoseconds(interval) };
        if (timeout > 0)
            healthcheck = healthcheck with { Timeout = FromNanoseconds(timeout) };
        return retries > 0 ? healthcheck with { Retries = retries } : healthcheck;
    }

    private static TimeSpan FromNanoseconds(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}
