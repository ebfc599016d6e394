namespace Islet.Protocol.Yamux;

/// <summary>The reasons why a side accepts no more streams (yamux specification, "Session termination").</summary>
public static class GoAwayCode
{
    /// <summary>The session ends as planned.</summary>
    public const uint Normal = 0;

    /// <summary>The peer broke the protocol.</summary>
    public const uint ProtocolError = 1;

    /// <summary>The sender failed.</summary>
    public const uint InternalError = 2;
}
