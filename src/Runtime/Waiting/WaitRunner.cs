namespace Islet.Waiting;

/// <summary>
/// Runs a strategy to its end and distinguishes the other outcomes: the caller has cancelled, the time is over, the container
/// has exited, or the wait has failed for good.
/// </summary>
internal static class WaitRunner
{
    /// <summary>
    /// The time for which a broken connection to the guest waits for the news that the container or its machine has ended.
    /// </summary>
    private static readonly TimeSpan s_exitGracePeriod = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(49);

    /// <summary>Waits until the container is ready.</summary>
    /// <param name="strategy">The strategy that has to come true.</param>
    /// <param name="target">The container.</param>
    /// <param name="startTimeout">The longest time that everything may take; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <param name="time">Another clock, for tests.</param>
    /// <exception cref="OperationCanceledException">The caller has cancelled; it carries the caller's token.</exception>
    /// <exception cref="WaitTimeoutException">The start timeout, or a strategy's own, is over.</exception>
    /// <exception cref="WaitFailedException">The container exited, or can't become ready any more for another reason.</exception>
    public static Task RunAsync(
        WaitStrategy strategy,
        IWaitTarget target,
        TimeSpan startTimeout,
        CancellationToken cancellationToken,
        TimeProvider? time = null)
    {
        var context = new WaitContext(target, time ?? TimeProvider.System);
        bool startEndsFirst = strategy.Timeout is not { } own || (startTimeout != Timeout.InfiniteTimeSpan && startTimeout < own);
        return startEndsFirst
            ? RunAsync(strategy, context, startTimeout, "allow a longer start timeout", cancellationToken)
            : RunAsync(strategy, context, cancellationToken);
    }

    /// <summary>Runs a strategy with its own timeout only.</summary>
    public static Task RunAsync(WaitStrategy strategy, WaitContext context, CancellationToken cancellationToken)
    {
        TimeSpan limit = strategy.Timeout ?? Timeout.InfiniteTimeSpan;
        return RunAsync(strategy, context, limit, "give this wait more time with WithTimeout", cancellationToken);
    }

    /// <summary>Whether the exception describes the outcome of a wait. All other exceptions come from the machine's end.</summary>
    public static bool IsOurs(Exception e) => e is WaitTimeoutException or WaitFailedException;

    /// <summary>
    /// Creates a source that is cancelled after a time. Timers reach 49 days; a longer time means that it is never cancelled.
    /// </summary>
    public static CancellationTokenSource CancelAfter(TimeSpan limit, TimeProvider time) =>
        new(limit < s_longestTimer ? limit : Timeout.InfiniteTimeSpan, time);

    private static async Task RunAsync(
        WaitStrategy strategy, WaitContext context, TimeSpan limit, string howToExtend, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancelAfter(limit, context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        Task wait = WaitAsync(strategy, context, stop.Token);
        try
        {
            await FirstOf(wait, strategy, context).WaitAsync(stop.Token).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException($"The wait for {strategy.Description} was cancelled.", cancellationToken);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw WaitTimeoutException.For(strategy, limit, context, howToExtend);
        }
        finally
        {
            // A strategy that ignores its token is not waited for, and its outcome is ignored.
            await stop.CancelAsync().ConfigureAwait(false);
            _ = wait.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        }
    }

    private static async Task FirstOf(Task wait, WaitStrategy strategy, WaitContext context)
    {
        if (strategy.CompletesAfterExit)
        {
            await wait.ConfigureAwait(false);
            return;
        }

        await Task.WhenAny(wait, context.Target.Exited).ConfigureAwait(false);
        if (!wait.IsCompleted)
            throw WaitFailedException.For(strategy, await context.Target.Exited.ConfigureAwait(false), context);
        await wait.ConfigureAwait(false);
    }

    private static async Task WaitAsync(WaitStrategy strategy, WaitContext context, CancellationToken cancellationToken)
    {
        try
        {
            await strategy.WaitAsync(context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (IsOurs(exception) || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw;
        }
        catch (Exception exception)
        {
            // When a container exits, the streams to it break, and their errors may arrive before the news of the exit.
            ProcessExit? exit = await WaitForExitAsync(context, cancellationToken).ConfigureAwait(false);
            throw exit is null ? WaitFailedException.For(strategy, exception) : WaitFailedException.For(strategy, exit, context);
        }
    }

    private static async Task<ProcessExit?> WaitForExitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await context.Target.Exited.WaitAsync(s_exitGracePeriod, context.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
