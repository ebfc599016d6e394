using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>
/// A call that a server answers. <see cref="Reply"/> or <see cref="Fail"/> ends it. Once it has ended, also because the client is
/// gone, a further answer is dropped. Not thread-safe.
/// </summary>
public sealed class TtrpcCall
{
    private readonly TtrpcServerConnection _connection;

    internal TtrpcCall(TtrpcServerConnection connection, uint id, TimeSpan? timeout)
    {
        _connection = connection;
        Id = id;
        Timeout = timeout;
    }

    /// <summary>The call's number within its connection.</summary>
    public uint Id { get; }

    /// <summary>
    /// The time that the client waits, from the request on; <see langword="null"/> if it waits forever. The client drops a later reply.
    /// </summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Whether the call is over: answered, failed, or its client gone.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The callback that is called once if the connection ends before the call does, so that the work for it can stop.</summary>
    public Action? Cancelled { get; set; }

    /// <summary>Ends the call with its result. A result over 4 MiB fails it instead.</summary>
    public void Reply(IMessage result)
    {
        if (End())
            _connection.WriteResponse(this, result);
    }

    /// <summary>Ends the call with an error.</summary>
    public void Fail(StatusCode code, string message)
    {
        if (End())
            _connection.WriteError(Id, code, message);
    }

    internal void Cancel()
    {
        if (IsEnded)
            return;

        IsEnded = true;
        Cancelled?.Invoke();
    }

    private bool End()
    {
        if (IsEnded)
            return false;

        IsEnded = true;
        _connection.Remove(this);
        return true;
    }
}
