namespace Islet.Description;

/// <summary>A file that is written into the container before its process starts.</summary>
/// <param name="Path">Its path, absolute. Missing parent directories are made.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="IsDirectory">Whether it is a directory instead, without content.</param>
internal sealed record ContainerFile(
    string Path, ReadOnlyMemory<byte> Content, UnixFileMode Mode, int UserId, int GroupId, bool IsDirectory = false);
