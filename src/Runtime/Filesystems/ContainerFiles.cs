using System.Text;

namespace Islet.Filesystems;

/// <summary>
/// The files that the guest writes into every container. A disk has them from the start, empty where the image has nothing of the
/// name: to make a file, a guest has to read more of the disk than to write one.
/// </summary>
internal static class ContainerFiles
{
    private const ushort ReadableByAll = 0b110_100_100, ReadOnly = 0b100_100_100;

    private static readonly (byte[] Name, ushort Permissions)[] s_files =
    [
        (Encoding.ASCII.GetBytes("hostname"), ReadableByAll),
        (Encoding.ASCII.GetBytes("hosts"), ReadableByAll),
        (Encoding.ASCII.GetBytes("machine-id"), ReadOnly),
        (Encoding.ASCII.GetBytes("resolv.conf"), ReadableByAll),
    ];

    /// <param name="tree">The tree of all layers.</param>
    /// <param name="layer">The number of one more layer.</param>
    public static void AddMissing(FileTree tree, int layer)
    {
        if (EtcOf(tree, layer) is not { } etc)
            return;
        foreach ((byte[] name, ushort permissions) in s_files)
        {
            if (!etc.TryGet(name, out _))
                FileTree.Link(etc, name, new RegularFileNode { Metadata = new FileMetadata(permissions, 0, 0, default) }, layer);
        }
    }

    /// <summary><see langword="null"/> where it is something other than a directory: the guest sees to that.</summary>
    private static DirectoryNode? EtcOf(FileTree tree, int layer)
    {
        if (tree.Root.TryGet("etc"u8, out DirectoryLink link))
            return link.Node as DirectoryNode;
        var etc = new DirectoryNode { Metadata = FileMetadata.ImplicitDirectory };
        FileTree.Link(tree.Root, "etc"u8, etc, layer);
        return etc;
    }
}
