using Islet.Guest.Linux;
using Islet.Guest.Transport;

namespace Islet.Guest.Processes;

/// <summary>
/// What a process writes: the read end of a pipe, or a terminal's master. It is read only while the host has a stream attached
/// whose window is open, and what is read is the stream's at once; else the bytes wait in the pipe, and the process with them.
/// </summary>
internal sealed class OutputChannel : IReadinessHandler, IHostStreamHandler
{
    // So much is dropped at once: a child that writes without end must leave the agent time for others.
    private const int MaxDropsAtOnce = 16;

    // Pumps never run within one another: one buffer serves all.
    private static readonly byte[] Buffer = new byte[64 * 1024];

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

    /// <summary>Has everything been given to the host?</summary>
    public bool IsEnded { get; private set; }

    public bool IsAttached => _stream is not null;

    public Action? Ended { get; set; }

    /// <summary>Gives the output to a stream, from where the one before it stopped. False while another is attached.</summary>
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
    /// Passes on what the host's window takes, and ends its stream. What is left waits in the pipe for the next.
    /// </summary>
    public void Detach()
    {
        Pump();
        EndStream();
    }

    /// <summary>
    /// The process is gone. A child that it left behind may hold the pipe open for ever; from now on, empty means over.
    /// </summary>
    public void EndWhenDrained()
    {
        _endsWhenDrained = true;
        Pump();
    }

    /// <summary>Passes on what is there.</summary>
    public void Pump()
    {
        while (!IsEnded && _stream is { } stream && stream.SendWindow is > 0 and int window)
        {
            int count = _source.Read(Buffer.AsSpan(0, Math.Min(window, Buffer.Length)));
            if (count > 0)
            {
                stream.Send(Buffer.AsSpan(0, count));
            }
            else if (count == -Errno.EAGAIN)
            {
                if (_endsWhenDrained)
                    End();
                return;
            }
            else
            {
                // 0 for a pipe; EIO for a terminal whose last user is gone.
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

    /// <summary>Nobody will want the rest.</summary>
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

    /// <summary>A child left behind must neither be killed by a broken pipe nor wait for a reader.</summary>
    private void Drop()
    {
        for (int i = 0; i < MaxDropsAtOnce && !_source.IsClosed; i++)
        {
            int count = _source.Read(Buffer);
            if (count == -Errno.EAGAIN)
                return;
            if (count <= 0)
                _loop.RemoveAndClose(_source);
        }

        if (!_source.IsClosed)
            _loop.Again(Drop);
    }
}
