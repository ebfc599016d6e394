using Islet.Guest.Linux;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Processes;

/// <summary>
/// Holds every process of the container still, also those in cgroups that it has made below its own (cgroup v2, "cgroup.freeze").
/// </summary>
internal sealed class Freezer(EventLoop loop) : IReadinessHandler
{
    // A process stops when it next comes back from the kernel, which is at once, unless it waits there for a disk that never answers.
    private const int LongestMilliseconds = 5000;

    private readonly List<Action<TtrpcException?>> _waiting = [];
    private Descriptor? _events;
    private LoopTimer? _deadline;

    /// <summary>Are the processes frozen, or on their way there?</summary>
    public bool IsOn { get; private set; }

    /// <summary>Counts how often the processes were let go on.</summary>
    public int Number { get; private set; }

    /// <summary>
    /// <paramref name="done"/> hears when no process runs any more, or why that could not be had; then they all run again.
    /// </summary>
    public void Freeze(Action<TtrpcException?> done)
    {
        if (IsOn && _events is null)
        {
            done(null);
            return;
        }

        if (!IsOn)
            Begin();
        _waiting.Add(done);
        OnReady(0);
    }

    /// <summary>Lets the processes go on. What waits for the freeze fails.</summary>
    public void Thaw() =>
        Thaw(new TtrpcException(StatusCode.Aborted, "the container was let go on before all of its processes stood still"));

    public void OnReady(uint events)
    {
        Span<byte> state = stackalloc byte[256];
        if (_events?.ReadAt(state, 0) is > 0 and int length && state[..length].IndexOf("frozen 1"u8) >= 0)
            End(null);
    }

    private void Begin()
    {
        Descriptor events = ControlGroup.Open("cgroup.events", OpenFlags.ReadOnly);
        try
        {
            ControlGroup.Write("cgroup.freeze", "1");
        }
        catch (LinuxException)
        {
            events.Dispose();
            throw;
        }

        IsOn = true;
        _events = events;
        loop.Add(events, Epoll.Priority, this);
        _deadline = loop.StartTimer(LongestMilliseconds, GiveUp);
    }

    private void GiveUp() => Thaw(new TtrpcException(
        StatusCode.DeadlineExceeded,
        $"a process of the container waits in the kernel and could not be stopped within {LongestMilliseconds / 1000} s, so all of them run on"));

    private void Thaw(TtrpcException reason)
    {
        if (!IsOn)
            return;
        ControlGroup.Write("cgroup.freeze", "0");
        IsOn = false;
        Number++;
        End(reason);
    }

    private void End(TtrpcException? failure)
    {
        if (_events is null)
            return;
        loop.RemoveAndClose(_events);
        _events = null;
        _deadline?.Cancel();
        Action<TtrpcException?>[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (Action<TtrpcException?> done in waiting)
            done(failure);
    }
}
