namespace Islet.Protocol.Ttrpc;

/// <summary>The error of a call, which one of its two sides reported.</summary>
public sealed class TtrpcException(StatusCode code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The code of the error.</summary>
    public StatusCode Code { get; } = code;
}
