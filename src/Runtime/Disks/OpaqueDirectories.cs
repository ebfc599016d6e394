namespace Islet.Disks;

/// <summary>
/// Directories whose lower content the current layer hides. They are swept when the layer has ended, for two reasons: the
/// marker may come before or after its siblings and has to mean the same; and with one sweep per layer, which visits each
/// entry once, ten thousand markers inside one another cost no more than one. Until then, <see cref="PathResolver"/> does not see
/// what is hidden.
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

    /// <summary>Removes below the directories whatever the layer neither brought nor passed through.</summary>
    public void Sweep(int layer)
    {
        foreach (DirectoryNode directory in _directories)
        {
            // The layer itself may have removed the directory since, and one that lies in a swept one is done.
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
