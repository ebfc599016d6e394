using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Transport;

/// <summary>A stream that is a ttrpc connection.</summary>
internal sealed class TtrpcStream : IHostStreamHandler
{
    // The limit of unread answers, beyond which a host that calls without reading them is cut off.
    private const int MaxPendingOutput = 16 * 1024 * 1024;

    private readonly HostStream _stream;
    private readonly TtrpcServerConnection _connection;
    private bool _remoteClosed;

    public TtrpcStream(HostStream stream, ITtrpcService service)
    {
        _stream = stream;
        _connection = new TtrpcServerConnection(service, _ => Flush());
    }

    public void Received(ReadOnlySpan<byte> data)
    {
        _connection.Receive(data);
        _stream.Consume(data.Length);
        Flush();
    }

    public void RemoteClosed()
    {
        _remoteClosed = true;
        Flush();
    }

    public void Lost() => _connection.Close();

    public void SendWindowOpened() => Flush();

    private void Flush()
    {
        while (_connection.PendingOutput > 0 && _stream.SendWindow is > 0 and int window)
        {
            int count = Math.Min(window, _connection.PendingOutput);
            _stream.Send(_connection.Output.Span[..count]);
            _connection.AdvanceOutput(count);
        }

        if (_connection.PendingOutput > MaxPendingOutput)
        {
            _stream.Reset();
            _connection.Close();
        }
        else if (_remoteClosed && _connection.PendingOutput == 0 && _connection.CallCount == 0)
        {
            _stream.CloseWrites();
        }
    }
}
