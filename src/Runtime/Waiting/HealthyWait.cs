using Islet.Waiting;

namespace Islet;

/// <summary>Waits until the image's own healthcheck passes. See <see cref="Wait.ForHealthy"/>.</summary>
/// <remarks>
/// A container is unhealthy in the same cases as in Docker: after the configured number of failures in a row, at most one per interval,
/// and none in the start period, which begins with the wait. In between, the check runs more often, and there only its success counts.
/// </remarks>
internal sealed record HealthyWait : WaitStrategy
{
    internal HealthyWait()
    {
    }

    /// <inheritdoc/>
    public override string Description => "the image's healthcheck to pass";

    /// <inheritdoc/>
    protected internal override Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        Healthcheck check = context.Target.Healthcheck ?? throw new WaitFailedException(
            "The image has no HEALTHCHECK that could be waited for. "
            + "Wait for something else: Wait.ForPort, Wait.ForCommand, Wait.ForLogLine.");

        long begin = context.Time.GetTimestamp();
        TimeSpan lastCounted = TimeSpan.Zero;
        int failures = 0;

        return context.PollAsync(CheckAsync, cancellationToken);

        async Task<bool> CheckAsync(CancellationToken token)
        {
            if (await IsHealthyAsync(check, context, token).ConfigureAwait(false))
                return true;

            TimeSpan now = context.Time.GetElapsedTime(begin);
            if (now >= check.StartPeriod && now - lastCounted >= check.Interval)
            {
                lastCounted = now;
                failures++;
            }

            if (failures < check.Retries)
                return false;

            throw new WaitFailedException(
                $"The container is unhealthy: the image's healthcheck failed {failures} times in a row. Last seen: {context.LastSeen}. "
                + "The container's log should tell why.");
        }
    }

    private static async Task<bool> IsHealthyAsync(Healthcheck check, WaitContext context, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = WaitRunner.CancelAfter(check.Timeout, context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            ExecResult? result = await context.TryRunAsync(check.Command, stop.Token).ConfigureAwait(false);
            return result is { ExitCode: 0 };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            context.ReportStatus($"a check that did not end within {check.Timeout.TotalSeconds:0.###} s");
            return false;
        }
    }
}
