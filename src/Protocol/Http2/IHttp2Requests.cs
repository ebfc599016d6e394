namespace Islet.Protocol.Http2;

/// <summary>The receiver of a server's requests. It must not throw.</summary>
internal interface IHttp2Requests
{
    /// <summary>Handles the beginning of a request, and sets the <see cref="Http2Stream.Handler"/> of its stream or ends the
    /// stream.</summary>
    /// <param name="stream">The request's stream.</param>
    /// <param name="headers">The request's headers; valid during the call.</param>
    void Begin(Http2Stream stream, RequestHeaders headers);
}

/// <summary>The events of one stream. Handlers may use every stream; they must not throw.</summary>
internal interface IHttp2StreamHandler
{
    /// <summary>
    /// Receives bytes of the request's body, in pieces as they arrive, valid during the call. They count against the window until
    /// <see cref="Http2Stream.Consume"/>.
    /// </summary>
    void Received(ReadOnlySpan<byte> data);

    /// <summary>Handles the end of the request's body.</summary>
    void RemoteClosed();

    /// <summary>Handles the loss of the stream: the client has reset it or is gone.</summary>
    void Lost();

    /// <summary>Handles a send window that has room again.</summary>
    void SendWindowOpened();
}

/// <summary>Ignores everything: the handler of a stream whose request was answered at once.</summary>
internal sealed class IgnoringHandler : IHttp2StreamHandler
{
    public static readonly IgnoringHandler Instance = new();

    public void Received(ReadOnlySpan<byte> data)
    {
    }

    public void RemoteClosed()
    {
    }

    public void Lost()
    {
    }

    public void SendWindowOpened()
    {
    }
}
