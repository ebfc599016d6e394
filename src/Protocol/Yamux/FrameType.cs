namespace Islet.Protocol.Yamux;

/// <summary>What a frame is (yamux specification, "Type Field").</summary>
public enum FrameType : byte
{
    /// <summary>Bytes of a stream.</summary>
    Data = 0,

    /// <summary>The receiver of a stream lets its sender send more.</summary>
    WindowUpdate = 1,

    /// <summary>A question whether the peer is alive, or the answer.</summary>
    Ping = 2,

    /// <summary>The sender accepts no more streams.</summary>
    GoAway = 3,
}
