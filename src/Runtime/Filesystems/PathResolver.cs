namespace Islet.Filesystems;

/// <summary>
/// Finds the directory that an entry's path names, as the layers so far have it. A symbolic link on the way is followed inside
/// the image, as chroot would: <c>..</c> stops at the root and an absolute target begins there. Container runtimes do the
/// same (containerd's fs.RootPath), and images rely on it: Debian's /lib is a link.
/// </summary>
internal sealed class PathResolver(FileTree tree)
{
    /// <summary>As many links as Linux follows before it says ELOOP.</summary>
    private const int MostLinks = 40;

    private readonly List<Step> _steps = [];
    private readonly Stack<ReadOnlyMemory<byte>> _pending = new();

    /// <summary>Finds the directory, and makes what is missing of it.</summary>
    /// <exception cref="InvalidLayerException">There is a file in the way, or links lead in a circle.</exception>
    public DirectoryNode FindOrCreate(ReadOnlyMemory<byte> path, int layer)
    {
        if (!TryWalk(path, layer))
            throw new InvalidLayerException("A part of its path is a file, not a directory.");

        DirectoryNode directory = tree.Root;
        foreach (Step step in _steps)
        {
            if (step.Directory is null)
            {
                var created = new DirectoryNode { Metadata = FileMetadata.ImplicitDirectory };
                FileTree.Link(directory, step.Name.Span, created, layer);
                directory = created;
            }
            else
            {
                directory = step.Directory;
            }
        }

        return directory;
    }

    /// <summary>Finds the directory; null when there is none.</summary>
    /// <exception cref="InvalidLayerException">Links lead in a circle.</exception>
    public DirectoryNode? Find(ReadOnlyMemory<byte> path)
    {
        if (!TryWalk(path, layer: null))
            return null;
        return _steps is [.., { } last] ? last.Directory : tree.Root;
    }

    /// <summary>Walks the path into <see cref="_steps"/>; false when a file is in the way.</summary>
    /// <param name="path">Components between slashes.</param>
    /// <param name="layer">The layer that passes through, or null when it only looks.</param>
    private bool TryWalk(ReadOnlyMemory<byte> path, int? layer)
    {
        int links = 0;
        _steps.Clear();
        _pending.Clear();
        _pending.Push(path);
        while (_pending.TryPop(out ReadOnlyMemory<byte> rest))
        {
            int slash = rest.Span.IndexOf((byte)'/');
            ReadOnlyMemory<byte> name = slash < 0 ? rest : rest[..slash];
            if (slash >= 0)
                _pending.Push(rest[(slash + 1)..]);

            if (name.IsEmpty || name.Span.SequenceEqual("."u8))
                continue;
            if (name.Span.SequenceEqual(".."u8))
            {
                if (_steps.Count > 0)
                    _steps.RemoveAt(_steps.Count - 1);
                continue;
            }

            DirectoryNode? parent = _steps is [.., { } last] ? last.Directory : tree.Root;
            if (parent is null || !parent.TryGet(name.Span, out DirectoryLink link))
            {
                _steps.Add(new Step(name, null));
                continue;
            }

            switch (link.Node)
            {
                case DirectoryNode directory:
                    if (layer is { } current && link.Layer != current)
                        parent.Touch(name.Span, current);
                    _steps.Add(new Step(name, directory));
                    break;
                case SymbolicLinkNode symbolicLink:
                    if (++links > MostLinks)
                        throw new InvalidLayerException("Its path leads through too many symbolic links.");
                    if (symbolicLink.Target is [(byte)'/', ..])
                        _steps.Clear();
                    _pending.Push(symbolicLink.Target);
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private readonly record struct Step(ReadOnlyMemory<byte> Name, DirectoryNode? Directory);
}
