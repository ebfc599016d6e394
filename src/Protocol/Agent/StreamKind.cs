namespace Islet.Protocol.Agent;

/// <summary>The kind of a stream from the host.</summary>
public enum StreamKind
{
    /// <summary>A stream with an unknown first byte; it is to be reset.</summary>
    Unknown,

    /// <summary>A ttrpc connection.</summary>
    Ttrpc,

    /// <summary>Bytes for the object that its <see cref="OpenStreamRequest"/> opens.</summary>
    Raw,
}
