namespace Islet.Protocol.Yamux;

/// <summary>Options of a <see cref="YamuxChannel"/> in addition to the protocol's own limits.</summary>
public sealed record YamuxChannelOptions
{
    /// <summary>The defaults.</summary>
    public static YamuxChannelOptions Default { get; } = new();

    /// <summary>The protocol's limits on this side.</summary>
    public YamuxOptions Limits { get; init; } = YamuxOptions.Default;

    /// <summary>
    /// The time that the end of the channel may wait for the guest to take the bytes written before it. 1 second by default.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);
}
