namespace Islet.Networking;

/// <summary>The faults of one published port, and what they do to the bytes that pass. Without a fault they pass without a wait.</summary>
internal sealed class LinkConditions
{
    // A limit is kept in steps of this length, so that it is felt as a slow line and not as a line with gaps.
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly List<NetworkFault> _faults = [];
    private volatile State? _state; // null: no fault
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Whether nobody is let through.</summary>
    public bool IsCut => _state?.IsCut == true;

    public NetworkFault Add(NetworkFault fault)
    {
        lock (_lock)
        {
            _faults.Add(fault);
            Change();
        }

        return fault;
    }

    public void Remove(NetworkFault fault)
    {
        lock (_lock)
        {
            if (_faults.Remove(fault))
                Change();
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
            Change();
        }
    }

    /// <summary>How many of <paramref name="length"/> bytes may be passed on in one go.</summary>
    public int Portion(int length) => _state?.BytesPerSecond is { } rate
        ? (int)Math.Clamp((long)(rate * s_step.TotalSeconds), 1, length)
        : length;

    /// <summary>Waits until bytes that have arrived may be passed on. What changes meanwhile holds at once.</summary>
    /// <param name="length">How many there are.</param>
    /// <param name="toClient">Whether they are the container's answer.</param>
    /// <param name="cancellationToken">The connection has ended.</param>
    public ValueTask PassAsync(int length, bool toClient, CancellationToken cancellationToken) =>
        _state is null ? default : WaitAsync(length, toClient, cancellationToken);

    private async ValueTask WaitAsync(int length, bool toClient, CancellationToken cancellationToken)
    {
        long arrived = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Task changed;
            State? state;
            lock (_lock)
            {
                state = _state;
                changed = _changed.Task;
            }

            if (state is null)
                return;

            if (state.IsPaused)
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            TimeSpan rest = state.HoldingTime(length, toClient) - TimeProvider.System.GetElapsedTime(arrived);
            if (rest <= TimeSpan.Zero)
                return;
            await Task.WhenAny(Task.Delay(rest, cancellationToken), changed).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Change()
    {
        _state = _faults.Count == 0 ? null : new State(
            _faults.Any(fault => fault.Pauses), _faults.Any(fault => fault.Cuts),
            _faults.Aggregate(TimeSpan.Zero, (sum, fault) => sum + fault.Delay), _faults.Min(fault => fault.BytesPerSecond));
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record State(bool IsPaused, bool IsCut, TimeSpan Delay, long? BytesPerSecond)
    {
        public TimeSpan HoldingTime(int length, bool toClient) =>
            (toClient ? Delay : TimeSpan.Zero) + (BytesPerSecond is { } rate ? TimeSpan.FromSeconds((double)length / rate) : TimeSpan.Zero);
    }
}
