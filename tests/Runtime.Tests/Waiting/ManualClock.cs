namespace Islet.Tests.Waiting;

/// <summary>A clock that stands still until a test moves it.</summary>
internal sealed class ManualClock : TimeProvider
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
            return _now.Ticks;
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return DateTimeOffset.UnixEpoch + _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        Timer[] due;
        lock (_lock)
        {
            _now += time;
            due = [.. _timers.Where(timer => timer.Due <= _now).OrderBy(timer => timer.Due)];
            _timers.RemoveAll(timer => timer.Due <= _now);
        }

        foreach (Timer timer in due)
            timer.Fire();
    }

    /// <summary>
    /// Waits until the code pauses as polling does (500 ms at most), moves the clock to the end of the pause, and returns its length.
    /// </summary>
    public Task<TimeSpan> AdvanceOverPauseAsync(CancellationToken cancellationToken) => AdvanceAsync(s_longestPause, cancellationToken);

    /// <summary>Waits until a broken connection waits for the exit of the container to be reported, and lets that second pass.</summary>
    public Task AdvanceOverExitGracePeriodAsync(CancellationToken cancellationToken) =>
        AdvanceAsync(TimeSpan.FromSeconds(1), cancellationToken);

    private async Task<TimeSpan> AdvanceAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            TimeSpan? pause;
            lock (_lock)
            {
                changed = _changed.Task;
                pause = _timers.Select(timer => (TimeSpan?)(timer.Due - _now)).Where(left => left <= longest).Min();
            }

            if (pause is { } found)
            {
                Advance(found);
                return found;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private sealed class Timer(ManualClock clock, Action fire) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._now + dueTime;
                    clock._timers.Add(this);
                    clock._changed.SetResult();
                    clock._changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
