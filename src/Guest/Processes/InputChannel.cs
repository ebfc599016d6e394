using Islet.Guest.Linux;
using Islet.Guest.Transport;

namespace Islet.Guest.Processes;

/// <summary>What a process reads: the write end of a pipe, or a terminal's master.</summary>
internal sealed class InputChannel : IReadinessHandler, IHostStreamHandler
{
    private readonly EventLoop _loop;
    private readonly Descriptor _sink;
    private readonly ByteQueue _waiting = new();
    private HostStream? _stream;
    private bool _endsWhenWritten;

    public InputChannel(EventLoop loop, Descriptor sink)
    {
        _loop = loop;
        _sink = sink;
        sink.SetNonBlocking();
        loop.Add(sink, Epoll.Writable | Epoll.Error, this);
    }

    /// <summary>Takes the input from a stream. False while another is attached, or when the input has ended.</summary>
    public bool TryAttach(HostStream stream)
    {
        if (_stream is not null || _sink.IsClosed || _endsWhenWritten)
            return false;
        _stream = stream;
        stream.Handler = this;
        stream.Accept();
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
                Close();
                return;
            }

            written = Math.Max(0, count);
            _stream?.Consume(written);
        }

        _waiting.Append(data[written..]);
    }

    public void RemoteClosed()
    {
        _endsWhenWritten = true;
        EndWhenWritten();
    }

    /// <summary>The host went without closing its side: another may come and go on, so the process sees no end.</summary>
    public void Lost() => _stream = null;

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
                Close();
                return;
            }

            _waiting.Release(count);
            _stream?.Consume(count);
        }

        EndWhenWritten();
    }

    /// <summary>The process reads no more: what the host still sends is refused.</summary>
    public void Close()
    {
        _loop.RemoveAndClose(_sink);
        _stream?.Reset();
        _stream = null;
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
