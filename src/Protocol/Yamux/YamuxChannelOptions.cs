namespace Islet.Protocol.Yamux;

/// <summary>How a <see cref="YamuxChannel"/> behaves beyond the protocol's own limits.</summary>
public sealed record YamuxChannelOptions
{
    /// <summary>The defaults.</summary>
    public static YamuxChannelOptions Default { get; } = new();

    /// <summary>The protocol's limits on this side.</summary>
    public YamuxOptions Limits { get; init; } = YamuxOptions.Default;

    /// <summary>
    /// How often to ask the guest for a sign of life; the channel ends when the answer to one ping is not there by the time of the
    /// next. <see cref="Timeout.InfiniteTimeSpan"/>, the default, asks never: a paused machine can't answer and is well.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The clock of the keep-alive.</summary>
    internal TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// How long the end of the channel may wait for the guest to take what was written before it. 1 second by default.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);
}
