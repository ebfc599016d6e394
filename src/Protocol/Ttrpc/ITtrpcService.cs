using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>The methods that answer the calls of a <see cref="TtrpcServerConnection"/>.</summary>
public interface ITtrpcService
{
    /// <summary>
    /// Begins a call. The service replies through <paramref name="call"/>, now or later. An exception fails the call:
    /// <see cref="TtrpcException"/> with its own code, <see cref="InvalidProtocolBufferException"/> as
    /// <see cref="StatusCode.InvalidArgument"/>, any other as <see cref="StatusCode.Unknown"/>.
    /// </summary>
    [SuppressMessage("Naming", "CA1716", Justification = "Implemented in C# only, where call is no keyword.")]
    void Invoke(string service, string method, ByteString payload, TtrpcCall call);
}
