namespace Islet.Disks;

/// <summary>
/// The tree that the layers add up to, without the contents of files. Trees from images can be deeper than a thread's
/// stack is long, so nothing in here recurses.
/// </summary>
internal sealed class FileTree
{
    private readonly Action<RegularFileNode> _released;
    private readonly Stack<FileNode> _removing = new();

    /// <summary>Creates a tree with nothing but the root.</summary>
    /// <param name="released">Called for each regular file whose last name has gone: its space on the disk is free.</param>
    public FileTree(Action<RegularFileNode> released) => _released = released;

    public DirectoryNode Root { get; } = new() { Metadata = FileMetadata.ImplicitDirectory, Names = 1 };

    /// <summary>All regular files, each once, however many names it has.</summary>
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
        // Every name has been judged where it came from. This is the last place before the writer, which counts on it.
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

    /// <summary>Takes a name away, and with it whatever no other name leads to. No such name: nothing happens.</summary>
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
