namespace Islet.Containers;

/// <summary>What the caller does with a container before it counts as started.</summary>
/// <param name="Version">Names what <paramref name="Action"/> does, for a warm start: what it made is taken from the cache as long as this stays the same.</param>
/// <param name="Action">Does it.</param>
internal sealed record StartupCallback(string Version, Func<Container, CancellationToken, Task> Action);
