namespace Islet.Description;

/// <summary>A file or directory of the host that is copied into the container before its process starts.</summary>
internal sealed record HostCopy(string Source, string Path, UnixFileMode? Mode, int UserId, int GroupId);
