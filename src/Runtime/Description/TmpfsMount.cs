namespace Islet;

/// <summary>A tmpfs inside the container.</summary>
/// <param name="Path">Where, absolute.</param>
/// <param name="Size">How much it can hold; <see langword="null"/>: half of the machine's memory, as the kernel has it.</param>
/// <param name="Mode">The root directory's permissions. Default: 1777, as Docker has it.</param>
public sealed record TmpfsMount(string Path, MemorySize? Size = null, UnixFileMode? Mode = null);
