namespace Islet.Protocol.Yamux;

/// <summary>One stream, as the connection sees it.</summary>
internal sealed class StreamState(uint id, bool openedHere)
{
    public uint Id { get; } = id;

    public bool OpenedHere { get; } = openedHere;

    /// <summary>Bytes that this side may still send.</summary>
    public uint SendWindow { get; set; } = YamuxOptions.InitialWindow;

    /// <summary>Bytes that the peer may still send.</summary>
    public uint ReceiveCredit { get; set; }

    /// <summary>Bytes given to the application that it has not consumed.</summary>
    public uint Delivered { get; set; }

    /// <summary>Bytes consumed that the peer has not been told of.</summary>
    public uint Consumed { get; set; }

    public bool Acknowledged { get; set; }

    public bool LocalClosed { get; set; }

    public bool RemoteClosed { get; set; }

    /// <summary>Reset, or closed on both sides: no longer in the table.</summary>
    public bool Gone { get; set; }
}
