using Islet.Protocol.Http2;

namespace Islet.Protocol.Grpc;

/// <summary>The methods that a <see cref="GrpcServer"/> serves.</summary>
internal interface IGrpcService
{
    /// <summary>
    /// Begins a unary call. The service replies through <paramref name="pending"/>, now or later. An exception fails the call:
    /// <see cref="GrpcException"/> with its own code, a malformed message as an invalid argument, any other as unknown.
    /// </summary>
    /// <param name="method">The method's path: "/package.Service/Method".</param>
    /// <param name="message">The request, encoded; valid during the call.</param>
    /// <param name="pending">The call.</param>
    void Invoke(string method, ReadOnlySpan<byte> message, GrpcCall pending);

    /// <summary>Begins a call with a stream of messages.</summary>
    /// <returns>The receiver of its bytes; <see langword="null"/> when the method is unary, or unknown.</returns>
    IHttp2StreamHandler? Open(string method, Http2Stream stream);

    /// <summary>Starts a timer for a client's time limit.</summary>
    /// <returns>The timer, which ends when it is disposed; <see langword="null"/> if the service keeps no limits.</returns>
    IDisposable? After(TimeSpan time, Action expired);
}
