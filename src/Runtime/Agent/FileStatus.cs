namespace Islet.Agent;

/// <summary>What stat(2) says of a file in the guest.</summary>
/// <param name="Mode">st_mode: file type and permissions.</param>
/// <param name="Size">Its size in bytes.</param>
internal readonly record struct FileStatus(uint Mode, ulong Size)
{
    private const uint TypeMask = 0xF000;
    private const uint DirectoryType = 0x4000;

    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);
}
