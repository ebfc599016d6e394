using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>
/// Pauses every process of the container, also those in cgroups that it has made below its own (cgroup v2, "cgroup.freeze").
/// </summary>
internal sealed class ProcessPauser(EventLoop loop) : IReadinessHandler
{
    // A process pauses when it next returns from the kernel. That happens at once, unless it waits there for a disk that never answers.
    private const int LongestMilliseconds = 5000;

    private readonly List<Action<GrpcException?>> _waiting = [];
    private Descriptor? _events;
    private LoopTimer? _deadline;

    /// <summary>Whether the processes are paused, or are being paused.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The number of times the processes were resumed.</summary>
    public int ResumeCount { get; private set; }

    /// <summary>
    /// Pauses the processes. <paramref name="done"/> is called when all of them are paused, or with the reason why that failed; then they
    /// all run again.
    /// </summary>
    public void Pause(Action<GrpcException?> done)
    {
        if (IsPaused && _events is null)
        {
            done(null);
            return;
        }

        if (!IsPaused)
            Begin();
        _waiting.Add(done);
        OnReady(0);
    }

    /// <summary>Resumes the processes. A call that still waits for the pause fails.</summary>
    public void Resume() =>
        Resume(new GrpcException(StatusCode.Aborted, "the processes were resumed before all of them were paused"));

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

        IsPaused = true;
        _events = events;
        loop.Add(events, Epoll.Priority, this);
        _deadline = loop.StartTimer(LongestMilliseconds, GiveUp);
    }

    private void GiveUp() => Resume(new GrpcException(
        StatusCode.DeadlineExceeded,
        $"a process of the container waits in the kernel and could not be paused within {LongestMilliseconds / 1000} s, "
        + "so all of them continue"));

    private void Resume(GrpcException reason)
    {
        if (!IsPaused)
            return;
        ControlGroup.Write("cgroup.freeze", "0");
        IsPaused = false;
        ResumeCount++;
        End(reason);
    }

    private void End(GrpcException? failure)
    {
        if (_events is null)
            return;
        loop.RemoveAndClose(_events);
        _events = null;
        _deadline?.Cancel();
        Action<GrpcException?>[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (Action<GrpcException?> done in waiting)
            done(failure);
    }
}
