using Islet.Disks.Ext4;
using Islet.Tar;

namespace Islet.Disks;

/// <summary>
/// Applies layers, from the lowest up, to a tree in memory and streams the contents of files to their place on the disk.
/// <para>
/// It works in one pass, although a file that a higher layer replaces is then written in vain. Two passes, first for names and then for
/// contents, would decompress everything twice, and decompression takes most of the time. A pass from the top down can't know where a path
/// leads while the symbolic links in it are in layers not yet read. The space of replaced files is used for the files after them, and
/// <see cref="Compaction"/> closes the remaining gaps.
/// </para>
/// </summary>
internal sealed partial class LayerUnpacker
{
    private readonly Ext4Writer _disk;
    private readonly FileTree _tree;
    private readonly PathResolver _paths;
    private readonly OpaqueDirectories _opaque;
    private int _layer = -1;

    public LayerUnpacker(Ext4Writer disk)
    {
        _disk = disk;
        _tree = new FileTree(disk.Release);
        _paths = new PathResolver(_tree);
        _opaque = new OpaqueDirectories(_tree);
    }

    /// <summary>The tree of the layers applied so far.</summary>
    public FileTree Tree => _tree;

    /// <summary>Applies the next layer.</summary>
    /// <param name="archive">The layer's tar archive, decompressed.</param>
    /// <param name="layerName">The name of the layer in errors: its digest.</param>
    /// <param name="cancellationToken">Checked at each entry and within large files.</param>
    /// <exception cref="InvalidLayerException">The layer cannot be applied.</exception>
    public void Apply(Stream archive, string layerName, CancellationToken cancellationToken)
    {
        _layer++;
        var reader = new TarStreamReader(archive);
        try
        {
            ApplyEntries(reader, layerName, cancellationToken);
            reader.Drain(cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidLayerException("Its compressed data is damaged.", exception).At(_layer, layerName, []);
        }

        _opaque.Sweep(_layer);
    }

    private void ApplyEntries(TarStreamReader reader, string layerName, CancellationToken cancellationToken)
    {
        try
        {
            while (reader.ReadEntry() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Apply(entry, reader, cancellationToken);
            }
        }
        catch (InvalidLayerException exception)
        {
            // If the stored copy is damaged, its source reports it at the end, by a checksum, and that is the better error.
            reader.Drain(cancellationToken);
            throw exception.At(_layer, layerName, reader.CurrentName);
        }
        catch (TarException exception)
        {
            reader.Drain(cancellationToken);
            throw new InvalidLayerException(exception.Message).At(_layer, layerName, reader.CurrentName);
        }
    }

    private void Apply(TarEntry entry, TarStreamReader reader, CancellationToken cancellationToken)
    {
        EntryPath path = EntryPath.Parse(entry.Name);
        if (path.IsRoot)
        {
            if (entry.Type != TarEntryType.Directory)
                throw new InvalidLayerException("It would replace the root directory.");
            _tree.Root.Metadata = MetadataOf(entry);
            return;
        }

        WhiteoutMarker whiteout = WhiteoutMarker.Of(path);
        switch (whiteout.Kind)
        {
            case WhiteoutKind.Name:
                Hide(path.Parent, whiteout.Hidden);
                break;
            case WhiteoutKind.Opaque when _paths.Find(path.Parent, _layer) is { } directory:
                _opaque.Add(directory, _layer);
                break;
            case WhiteoutKind.None:
                Place(entry, path, reader, cancellationToken);
                break;
        }
    }

    private void Hide(ReadOnlyMemory<byte> parentPath, ReadOnlySpan<byte> name)
    {
        if (_paths.Find(parentPath, _layer) is not { } parent || !parent.TryGet(name, out DirectoryLink link))
            return;

        // A whiteout hides the content of lower layers, never that of its own layer, whatever the order of the two.
        if (link.Layer != _layer)
            _tree.Unlink(parent, name);
        else if (link.Node is DirectoryNode directory)
            _opaque.Add(directory, _layer);
    }

    private void Place(TarEntry entry, EntryPath path, TarStreamReader reader, CancellationToken cancellationToken)
    {
        FileMetadata metadata = MetadataOf(entry);
        FileNode? linked = entry.Type == TarEntryType.HardLink ? FindLinkTarget(entry.LinkName) : null;
        DirectoryNode parent = _paths.FindOrCreate(path.Parent, _layer);
        bool exists = parent.TryGet(path.Name, out DirectoryLink existing);
        if (exists && linked == existing.Node)
        {
            parent.Touch(path.Name, _layer);
            return;
        }

        if (exists && entry.Type == TarEntryType.Directory && existing.Node is DirectoryNode directory)
        {
            directory.Metadata = metadata;
            parent.Touch(path.Name, _layer);
            return;
        }

        // Count the link before removing the file that it replaces, because that may hold the link's target.
        if (linked is not null)
            linked.Names++;
        _tree.Unlink(parent, path.Name);
        FileNode node = linked ?? Create(entry, metadata, reader, cancellationToken);
        FileTree.Link(parent, path.Name, node, _layer);
        if (linked is not null)
            linked.Names--;
    }

    private FileNode FindLinkTarget(byte[] target)
    {
        EntryPath path;
        try
        {
            path = EntryPath.Parse(target);
        }
        catch (InvalidLayerException exception)
        {
            throw new InvalidLayerException("About the file that it links to: " + exception.Problem);
        }

        if (path.IsRoot || _paths.Find(path.Parent, _layer) is not { } parent || !parent.TryGet(path.Name, out DirectoryLink link))
            throw new InvalidLayerException("It links to a file that is not in the image.");
        if (link.Node is DirectoryNode)
            throw new InvalidLayerException("It is a hard link to a directory, which Linux does not allow.");
        if (link.Node.Names >= Ext4Layout.MaximumLinks)
            throw new InvalidLayerException($"The file that it links to has {Ext4Layout.MaximumLinks} names, the most that ext4 allows.");
        return link.Node;
    }

    private static FileMetadata MetadataOf(TarEntry entry)
    {
        bool isRare = entry.Attributes.Count > 0 || entry.Accessed is not null || entry.Changed is not null;
        return new FileMetadata(entry.Permissions, entry.UserId, entry.GroupId, entry.Modified)
        {
            Rare = isRare ? new RareMetadata(entry.Accessed, entry.Changed, XattrSet.From(entry.Attributes)) : null,
        };
    }
}
