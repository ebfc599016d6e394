namespace Islet.Protocol.Yamux;

/// <summary>The reasons for the end of a yamux connection.</summary>
public enum YamuxError
{
    /// <summary>A frame of another version than 0.</summary>
    InvalidVersion,

    /// <summary>A frame of a type that does not exist.</summary>
    InvalidType,

    /// <summary>Stream 0 where a stream is needed, or a stream where the session is meant.</summary>
    InvalidStreamId,

    /// <summary>The peer opened a stream with an id from this side's half of the numbers.</summary>
    WrongParity,

    /// <summary>The peer opened a stream under an id that it had used before.</summary>
    DuplicateStream,

    /// <summary>The peer sent more than the stream's receive window allows.</summary>
    WindowExceeded,

    /// <summary>A window update that takes the send window beyond 2^32-1.</summary>
    WindowOverflow,

    /// <summary>Data, or a second FIN, after the peer's FIN.</summary>
    DataAfterFinish,

    /// <summary>A data frame longer than any window.</summary>
    FrameTooLarge,

    /// <summary>The peer asks for answers (pings, streams beyond the limit) and does not read them.</summary>
    Flooded,

    /// <summary>The peer has ended and begun again on the same transport: see <see cref="YamuxConnection.TakeUnconsumed"/>.</summary>
    PeerRestarted,

    /// <summary>The peer has announced that it accepts no more streams.</summary>
    GoneAway,

    /// <summary>This side has used up its stream ids.</summary>
    StreamsExhausted,
}
