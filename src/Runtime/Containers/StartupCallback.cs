namespace Islet.Containers;

/// <summary>A callback of the caller that runs before a container counts as started.</summary>
/// <param name="Version">
/// A name for the effect of <paramref name="Action"/>, for a warm start: as long as it stays the same, the effect is taken from the cache.
/// </param>
/// <param name="Action">The callback itself.</param>
internal sealed record StartupCallback(string Version, Func<ContainerCore, CancellationToken, Task> Action);
