namespace Islet.Disks;

/// <summary>
/// The merged tree of all layers, without the contents of files. Trees from images can be too deep for a thread's stack, so no method here
/// recurses.
/// </summary>
internal sealed class FileTree
{
    private readonly Action<RegularFileNode> _released;
    private readonly Stack<FileNode> _removing = new();

    /// <summary>Creates a tree with only the root.</summary>
    /// <param name="released">Called for each regular file whose last name was removed: its space on the disk is free.</param>
    public FileTree(Action<RegularFileNode> released) => _released = released;

    public DirectoryNode Root { get; } = new() { Metadata = FileMetadata.ImplicitDirectory, Names = 1 };

    /// <summary>Returns all regular files, each once, however many names it has.</summary>
    public IEnumerable<RegularFileNode> RegularFiles()
    {
        var seen = new HashSet<RegularFileNode>();
        var directories = new Stack<DirectoryNode>();
        directories.Push(Root);
        while (directories.TryPop(out DirectoryNode? directory))
        {
            foreach (DirectoryLink link in directory.Links.Values)
            {
                if (link.Node is DirectoryNode child)
                    directories.Push(child);
                else if (link.Node is RegularFileNode file && (file.Names == 1 || seen.Add(file)))
                    yield return file;
            }
        }
    }

    /// <summary>Gives a node a name. The name must be free.</summary>
    /// <exception cref="InvalidLayerException">A directory of ext4 can't hold the name.</exception>
    public static void Link(DirectoryNode parent, ReadOnlySpan<byte> name, FileNode node, int layer)
    {
        // Every name was checked at its source. This is the last check before the writer, which relies on it.
        if (name.Length is 0 or > EntryPath.LongestName || name.ContainsAny((byte)'/', (byte)0))
            throw new InvalidLayerException("It would make a name that no Linux filesystem can hold.");

        parent.Add(name.ToArray(), new DirectoryLink(node, layer));
        node.Names++;
        if (node is DirectoryNode directory)
        {
            directory.Parent = parent;
            parent.Subdirectories++;
        }
    }

    /// <summary>Removes a name, and the file or subtree that no other name leads to. Does nothing if the name does not exist.</summary>
    public void Unlink(DirectoryNode parent, ReadOnlySpan<byte> name)
    {
        if (!parent.Remove(name, out DirectoryLink link))
            return;

        if (link.Node is DirectoryNode)
            parent.Subdirectories--;
        _removing.Push(link.Node);
        while (_removing.TryPop(out FileNode? node))
            LoseName(node);
    }

    private void LoseName(FileNode node)
    {
        node.Names--;
        if (node is DirectoryNode directory)
        {
            directory.Parent = null;
            foreach (DirectoryLink link in directory.Links.Values)
                _removing.Push(link.Node);
            directory.Clear();
        }
        else if (node is RegularFileNode { Names: 0 } file)
        {
            _released(file);
        }
    }
}
