using System.Runtime.InteropServices;
using Islet.Disks.Ext4;
using Islet.Values;

namespace Islet.Disks;

/// <summary>A directory and the names in it. Names are bytes: Linux gives them no encoding.</summary>
internal sealed class DirectoryNode : FileNode
{
    private static readonly Dictionary<byte[], DirectoryLink> NoLinks = new(ByteNameComparer.Instance);

    // Most directories of a hostile or a large image are leaves: they share one empty table.
    private Dictionary<byte[], DirectoryLink> _links = NoLinks;

    /// <summary>The directory that holds this one; <see langword="null"/> for the root, and once it has been removed.</summary>
    public DirectoryNode? Parent { get; set; }

    /// <summary>The last layer that hid what lower layers have below here.</summary>
    public int OpaqueInLayer { get; set; } = -1;

    /// <summary>The layer in which lower content was last swept away below here; see <see cref="OpaqueDirectories"/>.</summary>
    public int SweptInLayer { get; set; } = -1;

    /// <summary>The blocks that hold the entries, once they are written.</summary>
    public Extent[] Extents { get; set; } = [];

    /// <summary>How many directories are directly in here, for the link count.</summary>
    public int Subdirectories { get; set; }

    public int Count => _links.Count;

    public Dictionary<byte[], DirectoryLink> Links => _links;

    public bool TryGet(ReadOnlySpan<byte> name, out DirectoryLink link) =>
        _links.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out link);

    /// <summary>Says that the current layer passes through this name, so it outlives an opaque marker of the same layer.</summary>
    public void Touch(ReadOnlySpan<byte> name, int layer)
    {
        ref DirectoryLink link = ref CollectionsMarshal.GetValueRefOrNullRef(
            _links.GetAlternateLookup<ReadOnlySpan<byte>>(), name);
        link = link with { Layer = layer };
    }

    public void Add(byte[] name, DirectoryLink link)
    {
        if (ReferenceEquals(_links, NoLinks))
            _links = new Dictionary<byte[], DirectoryLink>(ByteNameComparer.Instance);
        _links.Add(name, link);
    }

    public bool Remove(ReadOnlySpan<byte> name, out DirectoryLink link) =>
        _links.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name, out _, out link);

    public void Clear() => _links = NoLinks;

    /// <summary>The entries ordered by their bytes, so that the same image gives the same disk.</summary>
    public KeyValuePair<byte[], DirectoryLink>[] Sorted()
    {
        KeyValuePair<byte[], DirectoryLink>[] links = [.. _links];
        Array.Sort(links, static (left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        return links;
    }
}

/// <summary>What a name leads to, and the layer that said so last.</summary>
internal readonly record struct DirectoryLink(FileNode Node, int Layer);
