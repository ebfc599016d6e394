namespace Islet.Protocol.Yamux;

/// <summary>The state of one stream in the connection.</summary>
internal sealed class StreamState(uint id, bool openedHere)
{
    public uint Id { get; } = id;

    public bool OpenedHere { get; } = openedHere;

    /// <summary>The number of bytes that this side may still send.</summary>
    public uint SendWindow { get; set; } = YamuxOptions.InitialWindow;

    /// <summary>The number of bytes that the peer may still send.</summary>
    public uint ReceiveCredit { get; set; }

    /// <summary>The number of bytes given to the application and not yet consumed.</summary>
    public uint Delivered { get; set; }

    /// <summary>The number of consumed bytes that the peer has not been told about.</summary>
    public uint Consumed { get; set; }

    public bool Acknowledged { get; set; }

    public bool LocalClosed { get; set; }

    public bool RemoteClosed { get; set; }

    /// <summary>Whether the stream was reset, or closed on both sides: it is no longer in the table.</summary>
    public bool Gone { get; set; }
}
