namespace Islet.Protocol.Agent;

/// <summary>What a stream from the host carries.</summary>
public enum StreamKind
{
    /// <summary>The first byte says nothing that is known; the stream is to be reset.</summary>
    Unknown,

    /// <summary>A ttrpc connection.</summary>
    Ttrpc,

    /// <summary>Bytes for whatever its <see cref="OpenStreamRequest"/> opens.</summary>
    Raw,
}
