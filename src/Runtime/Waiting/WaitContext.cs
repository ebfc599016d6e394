using Islet.Diagnostics;
using Islet.Waiting;

namespace Islet;

/// <summary>
/// The context of a wait strategy: the container, a place to report observations, and a pace for strategies that poll.
/// </summary>
public sealed class WaitContext
{
    private const int LongestReason = 1000;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly List<(WaitStrategy Strategy, WaitContext Context)> _unsatisfied = [];
    private string? _saw;
    private Exception? _cause;

    internal WaitContext(IWaitTarget target, TimeProvider time)
    {
        Target = target;
        Time = time;
    }

    /// <summary>The container.</summary>
    public IWaitTarget Target { get; }

    internal TimeProvider Time { get; }

    /// <summary>
    /// The last observation, of this strategy and of the strategies within it; <see langword="null"/> if there was none.
    /// </summary>
    internal string? LastSeen
    {
        get
        {
            lock (_lock)
            {
                IEnumerable<string> inner = _unsatisfied
                    .Select(wait => $"for {wait.Strategy.Description}: {wait.Context.LastSeen ?? "nothing"}");
                string[] seen = [.. _saw is null ? [] : (string[])[_saw], .. inner];
                return seen.Length == 0 ? null : string.Join("; ", seen);
            }
        }
    }

    /// <summary>The last observation if it was an exception; otherwise <see langword="null"/>.</summary>
    internal Exception? Cause
    {
        get
        {
            lock (_lock)
                return _cause ?? _unsatisfied.Select(wait => wait.Context.Cause).FirstOrDefault(cause => cause is not null);
        }
    }

    /// <summary>Notes an observation, as text to follow "last seen": <c>status 503</c>. Only the last note is kept.</summary>
    public void ReportStatus(string whatWasSeenLast)
    {
        lock (_lock)
            (_saw, _cause) = (whatWasSeenLast, null);
    }

    /// <summary>Notes an exception that means "not yet".</summary>
    public void ReportStatus(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        lock (_lock)
            (_saw, _cause) = (Reason(exception).TrimEnd('.'), exception);
    }

    /// <summary>Waits for another strategy, with its own timeout.</summary>
    public async Task WaitForAsync(WaitStrategy strategy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        var wait = (Strategy: strategy, Context: new WaitContext(Target, Time));
        lock (_lock)
            _unsatisfied.Add(wait);
        try
        {
            await WaitRunner.RunAsync(strategy, wait.Context, cancellationToken).ConfigureAwait(false);
            Forget();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The caller that catches it knows it from the exception. The observations of a cancelled wait are kept: the timeout's message
            // needs them.
            Forget();
            throw;
        }

        void Forget()
        {
            lock (_lock)
                _unsatisfied.Remove(wait);
        }
    }

    /// <summary>
    /// Runs a command and notes its result. If it can't be started, the result is null, as in Docker: its program, its user or its
    /// directory may exist a moment later, since the container is still becoming ready.
    /// </summary>
    internal async Task<ExecResult?> TryRunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        try
        {
            ExecResult result = await Target.RunAsync(command, cancellationToken).ConfigureAwait(false);
            ReportStatus(result.ToString());
            return result;
        }
        catch (ProcessStartException exception)
        {
            ReportStatus(exception);
            return null;
        }
    }

    /// <summary>
    /// Repeats an attempt until it returns true. The pause is 25 ms at first and grows by half each time, up to 500 ms. It is no shorter
    /// than the attempt took (up to the same 500 ms), because attempts cost the guest time that it needs to become ready.
    /// </summary>
    public async Task PollAsync(Func<CancellationToken, Task<bool>> attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        TimeSpan pause = s_firstPause;
        while (true)
        {
            long begin = Time.GetTimestamp();
            if (await attempt(cancellationToken).ConfigureAwait(false))
                return;

            TimeSpan took = Time.GetElapsedTime(begin);
            await Task.Delay(Shorter(s_longestPause, pause > took ? pause : took), Time, cancellationToken).ConfigureAwait(false);
            pause = Shorter(s_longestPause, pause * 1.5);
        }
    }

    // The evidence of an exception is not an observation: it stays with the exception that ends the wait.
    internal static string Reason(Exception exception) =>
        HarmlessText.Line(exception is IsletException own ? own.PlainMessage : exception.Message, LongestReason);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
