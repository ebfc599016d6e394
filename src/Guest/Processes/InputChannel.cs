using Islet.Guest.Linux;
using Islet.Guest.Transport;
using Islet.Protocol.Http2;

namespace Islet.Guest.Processes;

/// <summary>The input of a process: the write end of a pipe, or a terminal's master.</summary>
internal sealed class InputChannel : IReadinessHandler, IHostStreamHandler
{
    private readonly EventLoop _loop;
    private readonly Descriptor _sink;
    private readonly ByteQueue _waiting;
    private HostStream? _stream;

    // The number of waiting bytes that came from a stream that is gone. The present stream must not consume them.
    private int _left;
    private bool _endsWhenWritten;

    public InputChannel(EventLoop loop, Descriptor sink)
    {
        _loop = loop;
        _sink = sink;
        _waiting = new ByteQueue(loop.Blocks);
        sink.SetNonBlocking();
        loop.Add(sink, Epoll.Writable | Epoll.Error, this);
    }

    /// <summary>
    /// Takes the input from a stream. False while another is attached, or after a host has ended the input. When the process has stopped
    /// reading, the stream is accepted and ended at once: the host may have opened it before it could know.
    /// </summary>
    public bool TryAttach(HostStream stream)
    {
        if (_stream is not null || _endsWhenWritten)
            return false;
        stream.Accept();
        if (_sink.IsClosed)
        {
            End(stream);
            return true;
        }

        _stream = stream;
        stream.Handler = this;
        return true;
    }

    public void Received(ReadOnlySpan<byte> data)
    {
        int written = 0;
        if (_waiting.IsEmpty)
        {
            int count = _sink.Write(data);
            if (count < 0 && count != -Errno.EAGAIN)
            {
                Refuse();
                return;
            }

            written = Math.Max(0, count);
            _stream?.Consume(written);
        }

        if (!_waiting.TryAppend(data[written..]))
            Refuse();
    }

    public void RemoteClosed()
    {
        _endsWhenWritten = true;
        EndWhenWritten();
    }

    /// <summary>
    /// Detaches a host that went without closing its side. Another may attach and continue, so the process sees no end of its input. The
    /// bytes that lost hosts have left behind are kept up to one window.
    /// </summary>
    public void Lost()
    {
        _stream = null;
        if (_waiting.Length > Http2Limits.StreamWindow)
            _waiting.Clear();
        _left = _waiting.Length;
    }

    public void SendWindowOpened()
    {
    }

    public void OnReady(uint events)
    {
        while (!_waiting.IsEmpty)
        {
            int count = _sink.Write(_waiting.Bytes);
            if (count == -Errno.EAGAIN)
                return;
            if (count < 0)
            {
                Refuse();
                return;
            }

            _waiting.Release(count);
            int left = Math.Min(_left, count);
            _left -= left;
            _stream?.Consume(count - left);
        }

        EndWhenWritten();
    }

    /// <summary>
    /// Closes the input, which the process has stopped reading. A host with unread input, or one that still sends, is refused; any other
    /// sees the end of the stream.
    /// </summary>
    public void Close()
    {
        if (!_waiting.IsEmpty)
        {
            Refuse();
            return;
        }

        _loop.RemoveAndClose(_sink);
        if (_stream is { } stream)
            End(stream);
        _stream = null;
    }

    private void Refuse()
    {
        _loop.RemoveAndClose(_sink);
        _waiting.Clear();
        _stream?.Reset();
        _stream = null;
    }

    // No reset: it would overtake bytes that the host has not read yet, even the answer to its opening.
    private static void End(HostStream stream)
    {
        stream.Handler = new RefusingHandler(stream);
        stream.CloseWrites();
    }

    private void EndWhenWritten()
    {
        if (!_endsWhenWritten || !_waiting.IsEmpty || _sink.IsClosed)
            return;
        _loop.RemoveAndClose(_sink);
        _stream?.CloseWrites();
        _stream = null;
    }
}
