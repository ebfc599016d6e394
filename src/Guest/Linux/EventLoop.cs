using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>Receives a call when something may have changed on a descriptor that it registered. Spurious calls happen.</summary>
internal interface IReadinessHandler
{
    void OnReady(uint events);
}

/// <summary>
/// The agent's one thread. Everything it does is a reaction to a descriptor or to a timer. With nothing to do it sleeps in the kernel
/// without a deadline, so an idle VM can be saved and restored at any moment.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The loop lives as long as the machine.")]
internal sealed class EventLoop
{
    private readonly Epoll _epoll = new();
    private readonly List<LoopTimer> _timers = [];
    private readonly Queue<Action> _posted = new();
    private Queue<Action> _again = new();
    private Queue<Action> _running = new();
    private readonly Descriptor _wake;
    private IReadinessHandler?[] _handlers = new IReadinessHandler?[64];

    public EventLoop()
    {
        int wake = Libc.eventfd(0, OpenFlags.CloseOnExec | OpenFlags.NonBlocking);
        if (wake < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "eventfd");
        _wake = new Descriptor(wake);
        _epoll.Add(wake, Epoll.Readable);
    }

    /// <summary>Runs after each round of events, so that all output of the round is sent in one go.</summary>
    public Action? RoundEnded { get; set; }

    /// <summary>
    /// Room for bytes that go from one descriptor to another within one call of a handler. Such calls never nest, so one buffer serves all.
    /// It belongs to the loop, because a test may run several agents in one process.
    /// </summary>
    public byte[] Buffer => field ??= new byte[128 * 1024];

    /// <summary>The memory for bytes that wait for descriptors of this loop.</summary>
    public BlockPool Blocks { get; } = new();

    /// <summary>The milliseconds of CLOCK_MONOTONIC.</summary>
    public static long Now => Environment.TickCount64;

    public void Add(Descriptor descriptor, uint interest, IReadinessHandler handler)
    {
        int number = descriptor.Number;
        if (number >= _handlers.Length)
            Array.Resize(ref _handlers, Math.Max(number + 1, _handlers.Length * 2));
        _handlers[number] = handler;
        _epoll.Add(number, interest);
    }

    /// <summary>Removes the descriptor from the loop and closes it.</summary>
    public void RemoveAndClose(Descriptor descriptor)
    {
        if (descriptor.IsClosed)
            return;
        if (descriptor.Number < _handlers.Length)
            _handlers[descriptor.Number] = null;
        _epoll.Remove(descriptor.Number);
        descriptor.Dispose();
    }

    public LoopTimer StartTimer(int milliseconds, Action expired)
    {
        var timer = new LoopTimer(Now + milliseconds, expired);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Runs an action on the loop's thread; may be called from any other thread.</summary>
    public void Post(Action action)
    {
        lock (_posted)
            _posted.Enqueue(action);
        Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        _ = _wake.Write(one);
    }

    /// <summary>
    /// Continues the unfinished work of a handler in the next round, after all other handlers had their turn. A container that produces
    /// work without end must not occupy the agent.
    /// </summary>
    public void Again(Action action) => _again.Enqueue(action);

    /// <summary>Receives an exception that a handler let through.</summary>
    public required Action<Exception> HandlerFailed { get; init; }

    public void Run()
    {
        while (true)
            RunRound();
    }

    /// <summary>Waits for events and handles them.</summary>
    public void RunRound()
    {
        int count = _epoll.Wait(_again.Count > 0 ? 0 : MillisecondsToNextTimer());
        for (int i = 0; i < count; i++)
            Dispatch(_epoll[i]);

        // Actions that are not finished even now run again in the next round.
        (_again, _running) = (_running, _again);
        while (_running.TryDequeue(out Action? action))
            Try(action);
        RunExpiredTimers();
        if (RoundEnded is not null)
            Try(RoundEnded);
    }

    // The exception of a broken handler ends only the work of that handler. The loop itself must continue: without PID 1 the kernel stops
    // the machine.
    private void Dispatch((int Descriptor, uint Events) ready)
    {
        try
        {
            if (ready.Descriptor == _wake.Number)
                RunPosted();
            else
                _handlers[ready.Descriptor]?.OnReady(ready.Events);
        }
        catch (Exception exception)
        {
            HandlerFailed(exception);
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            HandlerFailed(exception);
        }
    }

    private int MillisecondsToNextTimer()
    {
        if (_timers.Count == 0)
            return -1;
        long next = long.MaxValue;
        foreach (LoopTimer timer in _timers)
            next = Math.Min(next, timer.IsCancelled ? 0 : timer.Deadline);
        return (int)Math.Clamp(next - Now, 0, int.MaxValue);
    }

    private void RunExpiredTimers()
    {
        for (int i = _timers.Count - 1; i >= 0; i--)
        {
            LoopTimer timer = _timers[i];
            if (!timer.IsCancelled && timer.Deadline > Now)
                continue;
            _timers.RemoveAt(i);
            if (!timer.IsCancelled)
                Try(timer.Expired);
        }
    }

    private void RunPosted()
    {
        Span<byte> count = stackalloc byte[8];
        _ = _wake.Read(count);
        while (true)
        {
            Action? action;
            lock (_posted)
            {
                if (!_posted.TryDequeue(out action))
                    return;
            }

            Try(action);
        }
    }
}

/// <summary>A timer that expires once.</summary>
internal sealed class LoopTimer(long deadline, Action expired) : IDisposable
{
    public long Deadline { get; } = deadline;

    public Action Expired { get; } = expired;

    public bool IsCancelled { get; private set; }

    public void Cancel() => IsCancelled = true;

    void IDisposable.Dispose() => Cancel();
}
