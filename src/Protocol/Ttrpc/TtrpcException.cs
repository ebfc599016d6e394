namespace Islet.Protocol.Ttrpc;

/// <summary>A call ended with an error that one of its two sides reported.</summary>
public sealed class TtrpcException(StatusCode code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>How it ended.</summary>
    public StatusCode Code { get; } = code;
}
