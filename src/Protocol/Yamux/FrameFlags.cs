using System.Diagnostics.CodeAnalysis;

namespace Islet.Protocol.Yamux;

/// <summary>The effect of a frame on its stream (yamux specification, "Flag Field").</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "The header field is called Flags in the specification.")]
public enum FrameFlags : ushort
{
    /// <summary>No effect.</summary>
    None = 0,

    /// <summary>SYN: opens the stream; on a ping, asks.</summary>
    Open = 1,

    /// <summary>ACK: accepts the stream; on a ping, answers.</summary>
    Acknowledge = 2,

    /// <summary>FIN: the sender sends no more on this stream.</summary>
    Finish = 4,

    /// <summary>RST: the stream is over in both directions.</summary>
    Reset = 8,
}
