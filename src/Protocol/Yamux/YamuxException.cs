namespace Islet.Protocol.Yamux;

/// <summary>
/// The peer broke the yamux protocol, or the session can't go on. An <see cref="IOException"/>: the connection is of no more use.
/// </summary>
public sealed class YamuxException(YamuxError error, string message) : IOException(message)
{
    /// <summary>What happened.</summary>
    public YamuxError Error { get; } = error;
}
