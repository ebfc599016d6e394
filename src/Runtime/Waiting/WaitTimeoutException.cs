using System.Globalization;

namespace Islet;

/// <summary>
/// A container was not ready in time. A cancellation by the caller is an <see cref="OperationCanceledException"/> instead.
/// </summary>
public sealed class WaitTimeoutException : ContainerStartException
{
    internal WaitTimeoutException(string message, TimeSpan waited, string? lastSeen, Exception? innerException = null)
        : base(ContainerStartReason.Timeout, message, innerException)
    {
        Waited = waited;
        LastSeen = lastSeen;
    }

    /// <summary>The time that the wait was allowed to take.</summary>
    public TimeSpan Waited { get; }

    /// <summary>The last observation of the wait; <see langword="null"/> if there was none.</summary>
    public string? LastSeen { get; }

    internal static WaitTimeoutException For(WaitStrategy strategy, TimeSpan waited, WaitContext context, string howToExtend)
    {
        string? lastSeen = context.LastSeen;
        return new WaitTimeoutException(
            $"The container is not ready: waited {Describe(waited)} for {strategy.Description}. Last seen: {lastSeen ?? "nothing"}. "
            + $"The container's log may tell what it is busy with; if it only needs longer, {howToExtend}.",
            waited,
            lastSeen,
            context.Cause);
    }

    private static string Describe(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? time.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + " ms"
        : time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";
}
