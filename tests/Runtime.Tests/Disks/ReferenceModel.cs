namespace Islet.Tests.Disks;

/// <summary>One entry of a generated layer; the archive and the model are both made from it.</summary>
internal sealed record Change(char Type, string Path)
{
    public int Mode { get; init; } = 0b110_100_100;

    public uint Uid { get; init; }

    public long Mtime { get; init; }

    public byte[] Content { get; init; } = [];

    public string Target { get; init; } = "";

    public byte[]? Attribute { get; init; }

    public override string ToString() => $"{Type} {Path} {Target}";
}

/// <summary>An inode of the model; two paths with the same object are hard links.</summary>
internal sealed record ModelNode(Change Change)
{
    public bool IsDirectory => Change.Type == '5';
}

/// <summary>
/// A second, quite different implementation of how layers combine: a table of full paths, in which hiding means deleting by prefix. It is
/// slow, small, and easy to verify.
/// </summary>
internal sealed class ReferenceModel
{
    public SortedDictionary<string, ModelNode> Paths { get; } = new(StringComparer.Ordinal)
    {
        [""] = new ModelNode(new Change('5', "") { Mode = 0b111_101_101 }),
    };

    /// <summary>Hides a path, as whiteouts do before anything else in their layer.</summary>
    public void Hide(string path)
    {
        if (Resolve(path) is { } real)
            Remove(real, self: true);
    }

    public void HideContent(string directory)
    {
        if (ResolveAll(directory) is { } real && Paths.TryGetValue(real, out ModelNode? node) && node.IsDirectory)
            Remove(real, self: false);
    }

    /// <summary>Adds an entry; returns false, without any change, when the entry is not valid here.</summary>
    public bool TryAdd(Change change)
    {
        if (Resolve(change.Path) is not { Length: > 0 } path)
            return false;

        ModelNode node = new(change);
        if (change.Type == '1')
        {
            if (Resolve(change.Target) is not { } target || !Paths.TryGetValue(target, out ModelNode? linked) || linked.IsDirectory
                || target == path || target.StartsWith(path + "/", StringComparison.Ordinal))
            {
                return false;
            }

            node = linked;
        }

        bool merges = change.Type == '5' && Paths.TryGetValue(path, out ModelNode? existing) && existing.IsDirectory;
        if (!merges)
            Remove(path, self: true);
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
            Paths.TryAdd(path[..slash], new ModelNode(new Change('5', path[..slash]) { Mode = 0b111_101_101 }));
        Paths[path] = node;
        return true;
    }

    /// <summary>Returns the path with all links resolved except the last; null when a file is in the way.</summary>
    public string? Resolve(string path)
    {
        int slash = path.LastIndexOf('/');
        string? parent = slash < 0 ? "" : ResolveAll(path[..slash]);
        return parent is null ? null : Join(parent, path[(slash + 1)..]);
    }

    private string? ResolveAll(string path)
    {
        List<string> pending = [.. path.Split('/')];
        string real = "";
        for (int links = 0; pending.Count > 0;)
        {
            string name = pending[0];
            pending.RemoveAt(0);
            if (name is "" or ".")
                continue;
            if (name == "..")
            {
                real = real.Contains('/', StringComparison.Ordinal) ? real[..real.LastIndexOf('/')] : "";
                continue;
            }

            string next = Join(real, name);
            if (!Paths.TryGetValue(next, out ModelNode? node) || node.IsDirectory)
            {
                real = next;
            }
            else if (node.Change.Type == '2' && ++links <= 40)
            {
                if (node.Change.Target.StartsWith('/'))
                    real = "";
                pending.InsertRange(0, node.Change.Target.Split('/'));
            }
            else
            {
                return null;
            }
        }

        return real;
    }

    private void Remove(string path, bool self)
    {
        string below = path.Length == 0 ? "" : path + "/";
        foreach (string key in Paths.Keys.Where(key => key.Length > 0 && key.StartsWith(below, StringComparison.Ordinal)).ToList())
            Paths.Remove(key);
        if (self)
            Paths.Remove(path);
    }

    private static string Join(string directory, string name) => directory.Length == 0 ? name : directory + "/" + name;
}
