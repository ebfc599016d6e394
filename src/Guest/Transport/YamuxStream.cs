using Islet.Protocol.Yamux;

namespace Islet.Guest.Transport;

/// <summary>One stream of a <see cref="YamuxSession"/>.</summary>
internal sealed class YamuxStream(YamuxSession session, uint id) : HostStream
{
    // A stream can outlive its session when the host goes away; it must not reach the streams of the next session.
    private readonly YamuxConnection _connection = session.Connection;
    private bool _remoteClosed;
    private bool _localClosed;

    public override bool IsLost => !IsCurrent || session.IsForgotten(this, id);

    public override int SendWindow
    {
        get
        {
            if (!IsCurrent)
                return 0;
            if (!session.IsCongested)
                return _connection.SendWindow(id);
            session.WaitForRelief(this);
            return 0;
        }
    }

    public override void Send(ReadOnlySpan<byte> data)
    {
        if (IsCurrent && !_localClosed)
            _connection.Send(id, data);
    }

    public override void CloseWrites()
    {
        if (!IsCurrent || _localClosed)
            return;
        _localClosed = true;
        _connection.CloseWrites(id);
        if (_remoteClosed)
            session.Forget(id);
    }

    public override void Reset()
    {
        if (!IsCurrent)
            return;
        _connection.Reset(id);
        session.Forget(id);
    }

    public override void Consume(int count)
    {
        if (IsCurrent)
            _connection.Consume(id, count);
    }

    public void RemoteClosed()
    {
        _remoteClosed = true;
        if (_localClosed)
            session.Forget(id);
        Handler.RemoteClosed();
    }

    private bool IsCurrent => ReferenceEquals(_connection, session.Connection);
}
