namespace Islet;

/// <summary>The HEALTHCHECK of an image, which is Docker's extension of the image configuration.</summary>
public sealed record HealthcheckConfig
{
    /// <summary>
    /// The check: <c>["CMD", program, argument …]</c>, <c>["CMD-SHELL", command line]</c>, or <c>["NONE"]</c> to switch an inherited check
    /// off.
    /// </summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>The time between two checks; <see langword="null"/> when the image leaves it to the runtime (Docker: 30 s).</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The time limit of one check; <see langword="null"/> when the image leaves it to the runtime (Docker: 30 s).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// The time after the start during which failures don't count; <see langword="null"/> for the runtime's default (Docker: 0).
    /// </summary>
    public TimeSpan? StartPeriod { get; init; }

    /// <summary>
    /// The time between checks during <see cref="StartPeriod"/>; <see langword="null"/> for the runtime's default (Docker: 5 s).
    /// </summary>
    public TimeSpan? StartInterval { get; init; }

    /// <summary>
    /// The number of failures in a row that make it unhealthy; <see langword="null"/> for the runtime's default (Docker: 3).
    /// </summary>
    public int? Retries { get; init; }
}
