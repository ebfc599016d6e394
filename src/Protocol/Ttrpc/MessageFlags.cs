using System.Diagnostics.CodeAnalysis;

namespace Islet.Protocol.Ttrpc;

/// <summary>
/// The continuation of a stream after a message (ttrpc specification, "Request Flags" and "Data"). None: the call is unary.
/// </summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "The header field is called Flags in the specification.")]
public enum MessageFlags : byte
{
    /// <summary>On a request: a unary call.</summary>
    None = 0,

    /// <summary>The call streams, and the sender of this message sends no more.</summary>
    RemoteClosed = 1,

    /// <summary>The call streams, and the sender of this message sends more.</summary>
    RemoteOpen = 2,

    /// <summary>The message carries no data, not even an empty payload.</summary>
    NoData = 4,
}
