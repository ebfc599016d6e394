namespace Islet.Containers;

/// <summary>A tmpfs inside the container.</summary>
/// <param name="Path">Where, absolute.</param>
/// <param name="Size">How much it can hold; <see langword="null"/>: half of the machine's memory, as the kernel has it.</param>
/// <param name="Mode">The root directory's permissions. Default: 1777, as Docker has it.</param>
public sealed record TmpfsMount(string Path, MemorySize? Size = null, UnixFileMode? Mode = null);

/// <summary>A limit of setrlimit(2) for the container's processes.</summary>
/// <param name="Type"><c>RLIMIT_NOFILE</c> or <c>nofile</c>.</param>
/// <param name="Soft">The limit in force; <see cref="Unlimited"/> for none.</param>
/// <param name="Hard">How far the process itself may raise it.</param>
public sealed record ResourceLimit(string Type, ulong Soft, ulong Hard)
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Unlimited = ulong.MaxValue;
}

/// <summary>A file that is in the container before its process starts.</summary>
/// <param name="Path">Where, absolute. Missing parent directories are made.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="IsDirectory">It is a directory instead, without content.</param>
internal sealed record ContainerFile(
    string Path, ReadOnlyMemory<byte> Content, UnixFileMode Mode, int UserId, int GroupId, bool IsDirectory = false);

/// <summary>A file or directory of the host that is copied into the container before its process starts.</summary>
internal sealed record HostCopy(string Source, string Path, UnixFileMode? Mode, int UserId, int GroupId);

/// <summary>A TCP port of the container that is published on the host's loopback address.</summary>
/// <param name="ContainerPort">The port inside.</param>
/// <param name="HostPort">The port on 127.0.0.1; 0: a free one.</param>
internal sealed record PortBinding(int ContainerPort, int HostPort);
