namespace Islet.Disks;

/// <summary>
/// Finds the directory that an entry's path names, in the layers so far. A symbolic link on the way is followed inside the image, as in a
/// chroot: <c>..</c> stops at the root and an absolute target begins there. Container runtimes do the same (containerd's fs.RootPath), and
/// images rely on it: Debian's /lib is a link.
/// </summary>
internal sealed class PathResolver(FileTree tree)
{
    /// <summary>The number of links that are followed, the same as Linux follows before it reports ELOOP.</summary>
    private const int MostLinks = 40;

    /// <summary>
    /// The number of components that links may add to a path: forty links of two thousand components each would slow down every entry.
    /// </summary>
    private const int MostAddedSteps = 2048;

    private readonly List<Step> _steps = [];
    private readonly Stack<ReadOnlyMemory<byte>> _pending = new();

    /// <summary>Finds the directory, and creates its missing parts.</summary>
    /// <exception cref="InvalidLayerException">
    /// A file is in the way, links form a circle, or a link has a name that is too long.
    /// </exception>
    public DirectoryNode FindOrCreate(ReadOnlyMemory<byte> path, int layer)
    {
        if (!TryWalk(path, layer, touch: true))
            throw new InvalidLayerException("A part of its path is a file, not a directory.");

        DirectoryNode directory = tree.Root;
        foreach (Step step in _steps)
        {
            if (step.Directory is null)
            {
                var created = new DirectoryNode { Metadata = FileMetadata.ImplicitDirectory };
                tree.Unlink(directory, step.Name.Span); // what an opaque marker hides
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

    /// <summary>Finds the directory; null if it does not exist.</summary>
    /// <exception cref="InvalidLayerException">Links form a circle, or a link has a name that is too long.</exception>
    public DirectoryNode? Find(ReadOnlyMemory<byte> path, int layer)
    {
        if (!TryWalk(path, layer, touch: false))
            return null;
        return _steps is [.., { } last] ? last.Directory : tree.Root;
    }

    /// <summary>Walks the path into <see cref="_steps"/>; false when a file is in the way.</summary>
    /// <param name="path">The path's components between slashes.</param>
    /// <param name="layer">The current layer, which does not see the content that it hides.</param>
    /// <param name="touch">Whether the layer passes through, instead of only looking.</param>
    private bool TryWalk(ReadOnlyMemory<byte> path, int layer, bool touch)
    {
        int links = 0;
        int stepsLeft = path.Length + MostAddedSteps;
        _steps.Clear();
        _pending.Clear();
        _pending.Push(path);
        while (_pending.TryPop(out ReadOnlyMemory<byte> rest))
        {
            if (stepsLeft-- == 0)
                throw TooManyLinks();

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

            // An entry's own name has been checked; the names that a link's target adds have not.
            if (name.Length > EntryPath.LongestName)
                throw new InvalidLayerException(
                    "Its path leads through a symbolic link with a part of more than 255 bytes, which Linux does not allow.");

            Step parent = _steps is [.., { } last] ? last : new Step(default, tree.Root, tree.Root.OpaqueInLayer == layer);
            if (parent.Directory is null || !parent.Directory.TryGet(name.Span, out DirectoryLink link)
                || (parent.IsOpaque && link.Layer != layer))
            {
                _steps.Add(new Step(name, null, parent.IsOpaque));
                continue;
            }

            switch (link.Node)
            {
                case DirectoryNode directory:
                    if (touch && link.Layer != layer)
                        parent.Directory.Touch(name.Span, layer);
                    _steps.Add(new Step(name, directory, parent.IsOpaque || directory.OpaqueInLayer == layer));
                    break;
                case SymbolicLinkNode symbolicLink:
                    if (++links > MostLinks)
                        throw TooManyLinks();
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

    private static InvalidLayerException TooManyLinks() => new("Its path leads through too many symbolic links.");

    /// <summary>One directory on the path.</summary>
    /// <param name="Name">The directory's name.</param>
    /// <param name="Directory">The directory, or null if it does not exist yet.</param>
    /// <param name="IsOpaque">Whether the layer hides the content of lower layers in it.</param>
    private readonly record struct Step(ReadOnlyMemory<byte> Name, DirectoryNode? Directory, bool IsOpaque);
}
