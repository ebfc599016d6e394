namespace Islet.Protocol.Yamux;

/// <summary>
/// The error that the peer broke the yamux protocol, or that the session can't continue. An <see cref="IOException"/>: the connection can't
/// be used any more.
/// </summary>
public sealed class YamuxException(YamuxError error, string message) : IOException(message)
{
    /// <summary>The reason.</summary>
    public YamuxError Error { get; } = error;
}
