using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Network;

/// <summary>
/// Waits until a process accepts connections on the port. The kernel gives no notice when a socket begins to listen, so the port is tried:
/// at first every 5 ms, then every 25. Inside the machine a refused attempt costs one system call and reaches no process.
/// </summary>
internal sealed class PortWait : IReadinessHandler
{
    private const int FirstPause = 5, LongestPause = 25;

    private readonly EventLoop _loop;
    private readonly Dialer _dialer;
    private readonly WaitPortRequest _request;
    private readonly GrpcCall _call;
    private Descriptor? _socket;
    private LoopTimer? _retry;
    private int _pause = FirstPause;

    private PortWait(EventLoop loop, Dialer dialer, WaitPortRequest request, GrpcCall call)
    {
        _loop = loop;
        _dialer = dialer;
        _request = request;
        _call = call;
    }

    public static void Begin(EventLoop loop, Dialer dialer, WaitPortRequest request, GrpcCall call)
    {
        var wait = new PortWait(loop, dialer, request, call);
        call.Cancelled = wait.Cancel;
        wait.Try();
    }

    public void OnReady(uint events)
    {
        if (_socket is not { IsClosed: false } || (events & (Epoll.Writable | Epoll.Error | Epoll.HangUp)) == 0)
            return;
        int error = Sockets.TakeError(_socket);
        Drop();
        Conclude(error);
    }

    private void Try()
    {
        if (_call.IsEnded)
            return;
        Descriptor socket;
        int result;
        try
        {
            socket = _dialer.Connect(_request.Address, _request.Port, datagrams: false, out result);
        }
        catch (LinuxException exception)
        {
            // The machine has no room for one more socket, which may be temporary. This runs from a timer, so no other code would answer
            // the call.
            Conclude(exception.Error);
            return;
        }

        if (result == -Errno.EINPROGRESS)
        {
            _socket = socket;
            _loop.Add(socket, Epoll.Writable, this);
            return;
        }

        socket.Dispose();
        Conclude(-result);
    }

    private void Conclude(int error)
    {
        if (error == 0)
        {
            _call.Reply(new WaitPortResponse());
            return;
        }

        _retry = _loop.StartTimer(_pause, Try);
        _pause = Math.Min(_pause * 2, LongestPause);
    }

    private void Cancel()
    {
        _retry?.Cancel();
        Drop();
    }

    private void Drop()
    {
        if (_socket is not null)
            _loop.RemoveAndClose(_socket);
    }
}
