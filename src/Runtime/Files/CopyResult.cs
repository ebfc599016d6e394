namespace Islet;

/// <summary>The result of a copy.</summary>
/// <param name="LeftOut">
/// The files that were not copied, each with the reason, at most a thousand: sockets and, in a copy to the host, also devices and pipes.
/// Empty when everything was copied.
/// </param>
public sealed record CopyResult(IReadOnlyList<string> LeftOut);
