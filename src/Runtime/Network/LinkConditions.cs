namespace Islet.Networking;

/// <summary>
/// The faults of one published port, and their effect on the bytes that pass. Without a fault, bytes pass without a wait.
/// </summary>
internal sealed class LinkConditions
{
    // A limit is applied in steps of this length, so that the line is slow but has no gaps.
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly List<NetworkFault> _faults = [];
    private volatile State? _state; // null: no fault
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Whether all clients are cut off.</summary>
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

    /// <summary>Returns the number of bytes, at most <paramref name="length"/>, that may be passed on in one go.</summary>
    public int Portion(int length) => _state?.BytesPerSecond is { } rate
        ? (int)Math.Clamp((long)(rate * s_step.TotalSeconds), 1, length)
        : length;

    /// <summary>
    /// Waits until bytes that have arrived may be passed on. A change of the faults in the meantime takes effect at once.
    /// </summary>
    /// <param name="length">The number of bytes.</param>
    /// <param name="toClient">Whether the bytes are the container's answer.</param>
    /// <param name="cancellationToken">Cancelled when the connection has ended.</param>
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
