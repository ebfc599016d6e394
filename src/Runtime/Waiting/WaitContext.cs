using Islet.Diagnostics;
using Islet.Waiting;

namespace Islet;

/// <summary>What a wait strategy works with: the container, a place to report what it saw, and a pace for what has to be polled.</summary>
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

    /// <summary>What was seen last, here and by the strategies within this one; <see langword="null"/> if nothing was.</summary>
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

    /// <summary>The exception that was seen last, if an exception is what was seen last.</summary>
    internal Exception? Cause
    {
        get
        {
            lock (_lock)
                return _cause ?? _unsatisfied.Select(wait => wait.Context.Cause).FirstOrDefault(cause => cause is not null);
        }
    }

    /// <summary>Notes what was seen, as it reads after "last seen": <c>status 503</c>. Only the last note is kept.</summary>
    public void Saw(string whatWasSeenLast)
    {
        lock (_lock)
            (_saw, _cause) = (whatWasSeenLast, null);
    }

    /// <summary>Notes an exception that means "not yet".</summary>
    public void Saw(Exception exception)
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
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whoever catches it knows from the exception. What a cancelled wait had seen is kept: the timeout's message needs it.
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
    /// Runs a command and notes what it gave. One that can't be started gives nothing, as with Docker: its program, its user or its directory
    /// may be there a moment later, since the container is still busy becoming ready.
    /// </summary>
    internal async Task<ExecResult?> TryRunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        try
        {
            ExecResult result = await Target.RunAsync(command, cancellationToken).ConfigureAwait(false);
            Saw(result.ToString());
            return result;
        }
        catch (ProcessStartException notYet)
        {
            Saw(notYet);
            return null;
        }
    }

    /// <summary>
    /// Repeats an attempt until it returns true. The pause is 25 ms at first, grows by half each time up to 500 ms, and is no shorter
    /// than the attempt was long (up to the same 500 ms): attempts cost the guest time that it needs to become ready.
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

    // The evidence of an error is not what was seen last, and goes with the error that ends the wait.
    internal static string Reason(Exception exception) =>
        HarmlessText.Line(exception is IsletException own ? own.Reason : exception.Message, LongestReason);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
