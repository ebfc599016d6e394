namespace Islet.Agent;

/// <summary>The status of a file in the guest, from stat(2).</summary>
/// <param name="Mode">The file type and permissions, st_mode.</param>
internal readonly record struct FileStatus(uint Mode)
{
    private const uint TypeMask = 0xF000;
    private const uint DirectoryType = 0x4000;

    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);
}
