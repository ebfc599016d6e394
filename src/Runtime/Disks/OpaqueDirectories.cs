namespace Islet.Disks;

/// <summary>
/// Directories whose lower content the current layer hides. They are swept when the layer has ended, for two reasons. First, the marker may
/// come before or after its siblings and has to mean the same. Second, with one sweep per layer, which visits each entry once, ten thousand
/// nested markers cost no more than one. Until then, <see cref="PathResolver"/> does not see the hidden content.
/// </summary>
internal sealed class OpaqueDirectories(FileTree tree)
{
    private readonly HashSet<DirectoryNode> _directories = [];
    private readonly Stack<DirectoryNode> _sweeping = new();
    private readonly List<byte[]> _hidden = [];

    public void Add(DirectoryNode directory, int layer)
    {
        directory.OpaqueInLayer = layer;
        _directories.Add(directory);
    }

    /// <summary>Removes all content below the directories that the layer neither added nor passed through.</summary>
    public void Sweep(int layer)
    {
        foreach (DirectoryNode directory in _directories)
        {
            // The layer itself may have removed the directory since. A directory inside a swept one is already done.
            if (IsInTree(directory))
                _sweeping.Push(directory);
            while (_sweeping.TryPop(out DirectoryNode? next))
                Sweep(next, layer);
        }

        _directories.Clear();
    }

    private bool IsInTree(DirectoryNode directory) => directory.Parent is not null || directory == tree.Root;

    private void Sweep(DirectoryNode directory, int layer)
    {
        if (directory.SweptInLayer == layer)
            return;

        directory.SweptInLayer = layer;
        foreach ((byte[] name, DirectoryLink link) in directory.Links)
        {
            if (link.Layer != layer)
                _hidden.Add(name);
            else if (link.Node is DirectoryNode kept)
                _sweeping.Push(kept);
        }

        foreach (byte[] name in _hidden)
            tree.Unlink(directory, name);
        _hidden.Clear();
    }
}
