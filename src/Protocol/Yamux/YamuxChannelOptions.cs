namespace Islet.Protocol.Yamux;

/// <summary>How a <see cref="YamuxChannel"/> behaves beyond the protocol's own limits.</summary>
public sealed record YamuxChannelOptions
{
    /// <summary>The defaults.</summary>
    public static YamuxChannelOptions Default { get; } = new();

    /// <summary>The protocol's limits on this side.</summary>
    public YamuxOptions Limits { get; init; } = YamuxOptions.Default;

    /// <summary>
    /// How long the end of the channel may wait for the guest to take what was written before it. 1 second by default.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);
}
