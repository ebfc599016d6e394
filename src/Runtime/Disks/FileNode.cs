using Islet.Disks.Ext4;

namespace Islet.Disks;

/// <summary>An inode of the merged tree of all layers. There can be a million, so each field is worth its bytes.</summary>
internal abstract class FileNode
{
    public FileMetadata Metadata { get; set; }

    /// <summary>The number of names of this inode; a directory has one. Maintained by <see cref="FileTree"/>.</summary>
    public int Names { get; set; }

    /// <summary>The inode's number in the filesystem; 0 until the tree is complete.</summary>
    public uint InodeNumber { get; set; }
}

/// <summary>A regular file. Its content is already on the disk; this is only its location.</summary>
internal sealed class RegularFileNode : FileNode
{
    /// <summary>The size in bytes, holes included.</summary>
    public long Size { get; init; }

    /// <summary>The location of the content, in ascending logical order. A part that no extent covers is a hole.</summary>
    public Extent[] Extents { get; set; } = [];
}

/// <summary>A symbolic link; the target is kept as written and never followed by the writer.</summary>
internal sealed class SymbolicLinkNode(byte[] target) : FileNode
{
    public byte[] Target { get; } = target;
}

/// <summary>A device node or a named pipe.</summary>
internal sealed class SpecialFileNode(SpecialFileKind kind, uint major, uint minor) : FileNode
{
    public SpecialFileKind Kind { get; } = kind;

    public uint Major { get; } = major;

    public uint Minor { get; } = minor;
}

internal enum SpecialFileKind : byte
{
    CharacterDevice,
    BlockDevice,
    NamedPipe,
}
