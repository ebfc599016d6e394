using System.Threading.Tasks.Sources;

namespace Islet.Protocol;

/// <summary>
/// Wakes one waiter, without an allocation. A signal without a waiter is kept for the next wait. The waiter has to look up the reason
/// itself, and may also be woken without one. Thread-safe, with one waiter at a time.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private bool _set;
    private bool _waiting;

    public void Set()
    {
        lock (_lock)
        {
            if (!_waiting)
            {
                _set = true;
                return;
            }

            _waiting = false;
            _source.SetResult(true);
        }
    }

    /// <exception cref="InvalidOperationException">Another caller is already waiting.</exception>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);

        lock (_lock)
        {
            if (_waiting)
                throw new InvalidOperationException("Only one read and one write may be under way at a time.");
            if (_set)
            {
                _set = false;
                return ValueTask.CompletedTask;
            }

            _source.Reset();
            _waiting = true;
        }

        // GetResult can't have run before this returns: no caller has the task yet.
        _cancellation = cancellationToken.UnsafeRegister(
            static (signal, token) => ((AsyncSignal)signal!).Cancel(token), this);
        return new ValueTask(this, _source.Version);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_waiting)
                return;

            _waiting = false;
            _source.SetException(new OperationCanceledException(cancellationToken));
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        // Waits for a running Cancel, so that it can't affect the next wait.
        _cancellation.Dispose();
        _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
