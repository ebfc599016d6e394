namespace Islet;

/// <summary>A tmpfs inside the container.</summary>
/// <param name="Path">The path it is mounted at, absolute.</param>
/// <param name="Size">The most that it can hold; <see langword="null"/>: half of the machine's memory, the kernel's default.</param>
/// <param name="Mode">The root directory's permissions. Default: 1777, as in Docker.</param>
internal sealed record TmpfsMount(string Path, MemorySize? Size = null, UnixFileMode? Mode = null);
