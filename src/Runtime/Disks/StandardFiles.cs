using System.Text;

namespace Islet.Disks;

/// <summary>
/// The files that every container has, as container engines create them: those that the guest writes, <c>/etc/mtab</c>, and
/// <c>/.dockerenv</c>, by which programs detect that they are in a container. A disk has them from the start, empty where the image has no
/// file of the name. The reason: a guest has to read more of the disk to create a file than to write one.
/// </summary>
internal static class StandardFiles
{
    private const ushort ReadableByAll = 0b110_100_100, ReadOnly = 0b100_100_100, Executable = 0b111_101_101, AllRights = 0b111_111_111;

    private static readonly (byte[] Name, ushort Permissions)[] s_files =
    [
        (Encoding.ASCII.GetBytes("hostname"), ReadableByAll),
        (Encoding.ASCII.GetBytes("hosts"), ReadableByAll),
        (Encoding.ASCII.GetBytes("machine-id"), ReadOnly),
        (Encoding.ASCII.GetBytes("resolv.conf"), ReadableByAll),
    ];

    /// <param name="tree">The tree of all layers.</param>
    /// <param name="layer">The number of one more layer.</param>
    /// <param name="volumes">The paths that the image's configuration declares as volumes: each is a directory in every container.</param>
    public static void AddMissing(FileTree tree, int layer, IReadOnlyList<string> volumes)
    {
        foreach (string volume in volumes)
            AddDirectory(tree, layer, volume);
        if (!tree.Root.TryGet(".dockerenv"u8, out _))
            FileTree.Link(tree.Root, ".dockerenv"u8, new RegularFileNode { Metadata = new FileMetadata(Executable, 0, 0, default) }, layer);
        if (EtcOf(tree, layer) is not { } etc)
            return;
        if (!etc.TryGet("mtab"u8, out _))
            FileTree.Link(
                etc, "mtab"u8, new SymbolicLinkNode("/proc/mounts"u8.ToArray()) { Metadata = new FileMetadata(AllRights, 0, 0, default) },
                layer);
        foreach ((byte[] name, ushort permissions) in s_files)
        {
            if (!etc.TryGet(name, out _))
                FileTree.Link(etc, name, new RegularFileNode { Metadata = new FileMetadata(permissions, 0, 0, default) }, layer);
        }
    }

    /// <summary>
    /// Adds a directory as Docker creates it: 0755, owned by root. A file in the way stays, and the container's start reports it.
    /// </summary>
    private static void AddDirectory(FileTree tree, int layer, string path)
    {
        try
        {
            byte[] name = Encoding.UTF8.GetBytes(path);
            EntryPath parsed = EntryPath.Parse(name);
            if (!parsed.IsRoot)
                _ = new PathResolver(tree).FindOrCreate(name, layer);
        }
        catch (InvalidLayerException)
        {
            // The path climbs out of the image, or there is a file in the way.
        }
    }

    /// <summary>Returns the directory /etc; <see langword="null"/> if it is not a directory, which the guest handles.</summary>
    private static DirectoryNode? EtcOf(FileTree tree, int layer)
    {
        if (tree.Root.TryGet("etc"u8, out DirectoryLink link))
            return link.Node as DirectoryNode;
        var etc = new DirectoryNode { Metadata = FileMetadata.ImplicitDirectory };
        FileTree.Link(tree.Root, "etc"u8, etc, layer);
        return etc;
    }
}
