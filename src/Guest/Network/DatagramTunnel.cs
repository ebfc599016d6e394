using System.Buffers.Binary;
using Islet.Guest.Linux;
using Islet.Guest.Transport;
using Islet.Protocol;

namespace Islet.Guest.Network;

/// <summary>
/// Connects a stream of the host to a UDP socket inside. On the stream each datagram follows its length, two bytes, big endian. Datagrams
/// for which there is no room are dropped, as a network would.
/// </summary>
internal sealed class DatagramTunnel : IReadinessHandler, IHostStreamHandler
{
    private const int MaxDatagram = ushort.MaxValue;

    // A process may send without end; other handlers get their turn in between.
    private const int MaxReadsAtOnce = 64;

    private readonly EventLoop _loop;
    private readonly Descriptor _socket;
    private readonly HostStream _stream;
    private readonly OutputBuffer _received = new();

    public DatagramTunnel(EventLoop loop, Descriptor socket, HostStream stream)
    {
        _loop = loop;
        _socket = socket;
        _stream = stream;
        stream.Handler = this;
        loop.Add(socket, Epoll.Readable | Epoll.Error, this);
    }

    public void OnReady(uint events)
    {
        Span<byte> buffer = _loop.Buffer.AsSpan(0, 2 + MaxDatagram);
        for (int i = 0; i < MaxReadsAtOnce && !_socket.IsClosed; i++)
        {
            int count = _socket.Read(buffer[2..]);
            if (count == -Errno.EAGAIN)
                return;

            // An ICMP error, such as "port unreachable", concerns one earlier datagram.
            if (count < 0 || _stream.SendWindow < count + 2)
                continue;
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)count);
            _stream.Send(buffer[..(count + 2)]);
        }

        if (!_socket.IsClosed)
            _loop.Again(() => OnReady(0));
    }

    public void Received(ReadOnlySpan<byte> data)
    {
        _received.Append(data);
        while (_received.Length >= 2)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(_received.Written.Span);
            if (_received.Length < 2 + length)
                return;
            _ = _socket.Write(_received.Written.Span.Slice(2, length));
            _received.Release(2 + length);
            _stream.Consume(2 + length);
        }
    }

    /// <summary>Ends the tunnel, because a datagram socket has no half close: the host has finished with it.</summary>
    public void RemoteClosed()
    {
        _stream.CloseWrites();
        Lost();
    }

    public void Lost()
    {
        _loop.RemoveAndClose(_socket);
        _received.Clear();
    }

    public void SendWindowOpened()
    {
    }
}
