namespace Islet.Protocol.Http2;

/// <summary>The reasons for the end of a stream or a connection (RFC 9113, section 7).</summary>
internal enum Http2Error : uint
{
    NoError,
    ProtocolError,
    InternalError,
    FlowControlError,
    SettingsTimeout,
    StreamClosed,
    FrameSizeError,
    RefusedStream,
    Cancel,
    CompressionError,
    ConnectError,
    EnhanceYourCalm,
}

/// <summary>The error that the peer broke HTTP/2 or asked for too much. The connection is over.</summary>
internal sealed class Http2Exception(Http2Error error, string message) : IOException(message)
{
    public Http2Error Error { get; } = error;
}
