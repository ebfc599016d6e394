using Islet.Guest.Linux;
using Islet.Guest.Transport;

namespace Islet.Guest.Processes;

/// <summary>
/// The output of a process: the read end of a pipe, or a terminal's master. It is read only while the host has a stream attached whose
/// window is open, and every byte read goes to the stream at once. At other times the bytes wait in the pipe, and the process waits with
/// them.
/// </summary>
internal sealed class OutputChannel : IReadinessHandler, IHostStreamHandler
{
    // The number of reads that are dropped in one go: a child that writes without end must leave the agent time for other work.
    private const int MaxDropsAtOnce = 16;

    private readonly EventLoop _loop;
    private readonly Descriptor _source;
    private HostStream? _stream;
    private bool _endsWhenDrained;

    public OutputChannel(EventLoop loop, Descriptor source)
    {
        _loop = loop;
        _source = source;
        source.SetNonBlocking();
        loop.Add(source, Epoll.Readable | Epoll.HangUp, this);
    }

    /// <summary>Whether the host has received all output.</summary>
    public bool IsEnded { get; private set; }

    public bool IsAttached => _stream is not null;

    public Action? Ended { get; set; }

    /// <summary>Passes the output to a stream, starting where the previous one stopped. False while another is attached.</summary>
    public bool TryAttach(HostStream stream)
    {
        if (_stream is not null)
            return false;
        _stream = stream;
        stream.Handler = this;
        stream.Accept();
        if (IsEnded)
            EndStream();
        else
            Pump();
        return true;
    }

    /// <summary>
    /// Passes on as much as the host's window takes, and ends its stream. The remaining bytes wait in the pipe for the next stream.
    /// </summary>
    public void Detach()
    {
        Pump();
        EndStream();
    }

    /// <summary>
    /// Ends the output when the pipe is next empty. The process has ended, but a child that it left behind may hold the pipe open forever.
    /// </summary>
    public void EndWhenDrained()
    {
        _endsWhenDrained = true;
        Pump();
    }

    /// <summary>Passes on the available output.</summary>
    public void Pump()
    {
        while (!IsEnded && _stream is { } stream && stream.SendWindow is > 0 and int window)
        {
            int count = _source.Read(_loop.Buffer.AsSpan(0, Math.Min(window, _loop.Buffer.Length)));
            if (count > 0)
            {
                stream.Send(_loop.Buffer.AsSpan(0, count));
            }
            else if (count == -Errno.EAGAIN)
            {
                if (_endsWhenDrained)
                    End();
                return;
            }
            else
            {
                // The result is 0 for a pipe, and EIO for a terminal whose last user is gone.
                _loop.RemoveAndClose(_source);
                End();
            }
        }
    }

    public void OnReady(uint events)
    {
        if (IsEnded)
            Drop();
        else
            Pump();
    }

    public void Received(ReadOnlySpan<byte> data) => _stream?.Consume(data.Length);

    public void RemoteClosed()
    {
    }

    public void Lost() => _stream = null;

    public void SendWindowOpened() => Pump();

    /// <summary>Drops the remaining output, which the host will not read.</summary>
    public void Close()
    {
        _loop.RemoveAndClose(_source);
        if (!IsEnded)
            End();
    }

    private void End()
    {
        IsEnded = true;
        EndStream();
        Ended?.Invoke();
    }

    private void EndStream()
    {
        if (_stream is not { } stream)
            return;
        _stream = null;
        stream.Handler = new DiscardingHandler(stream);
        stream.CloseWrites();
    }

    /// <summary>Reads and drops output. A child left behind must neither be killed by a broken pipe nor wait for a reader.</summary>
    private void Drop()
    {
        for (int i = 0; i < MaxDropsAtOnce && !_source.IsClosed; i++)
        {
            int count = _source.Read(_loop.Buffer);
            if (count == -Errno.EAGAIN)
                return;
            if (count <= 0)
                _loop.RemoveAndClose(_source);
        }

        if (!_source.IsClosed)
            _loop.Again(Drop);
    }
}
