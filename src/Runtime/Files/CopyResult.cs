namespace Islet;

/// <summary>The end of a copy.</summary>
/// <param name="LeftOut">
/// What was not copied, each with the reason, at most a thousand: sockets, and on the way to the host devices and pipes too. Empty when
/// everything was copied.
/// </param>
public sealed record CopyResult(IReadOnlyList<string> LeftOut);
