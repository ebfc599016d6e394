using Grpc.Core;

namespace Islet.Protocol.Grpc;

/// <summary>The error that ends a call, with its code.</summary>
internal sealed class GrpcException(StatusCode code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public StatusCode Code { get; } = code;
}
