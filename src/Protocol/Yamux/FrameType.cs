namespace Islet.Protocol.Yamux;

/// <summary>The type of a frame (yamux specification, "Type Field").</summary>
public enum FrameType : byte
{
    /// <summary>Bytes of a stream.</summary>
    Data = 0,

    /// <summary>The receiver of a stream allows its sender to send more.</summary>
    WindowUpdate = 1,

    /// <summary>A question whether the peer is alive, or the answer.</summary>
    Ping = 2,

    /// <summary>The sender accepts no more streams.</summary>
    GoAway = 3,
}
