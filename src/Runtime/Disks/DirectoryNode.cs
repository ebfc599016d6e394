using System.Runtime.InteropServices;
using Islet.Disks.Ext4;
using Islet.Values;

namespace Islet.Disks;

/// <summary>A directory and the names in it. Names are bytes, because Linux gives them no encoding.</summary>
internal sealed class DirectoryNode : FileNode
{
    private static readonly Dictionary<byte[], DirectoryLink> s_noLinks = new(ByteNameComparer.Instance);

    // Most directories of a hostile or a large image are leaves, so they share one empty table.
    private Dictionary<byte[], DirectoryLink> _links = s_noLinks;

    /// <summary>The directory that holds this one; <see langword="null"/> for the root, and once it has been removed.</summary>
    public DirectoryNode? Parent { get; set; }

    /// <summary>The last layer that hid the content of lower layers in this directory.</summary>
    public int OpaqueInLayer { get; set; } = -1;

    /// <summary>The layer in which lower content was last swept away in this directory; see <see cref="OpaqueDirectories"/>.</summary>
    public int SweptInLayer { get; set; } = -1;

    /// <summary>The blocks that hold the entries, once they are written.</summary>
    public Extent[] Extents { get; set; } = [];

    /// <summary>The number of directories directly in this one, for the link count.</summary>
    public int Subdirectories { get; set; }

    public int Count => _links.Count;

    public Dictionary<byte[], DirectoryLink> Links => _links;

    public bool TryGet(ReadOnlySpan<byte> name, out DirectoryLink link) =>
        _links.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out link);

    /// <summary>
    /// Records that the current layer passes through this name, so that the name survives an opaque marker of the same layer.
    /// </summary>
    public void Touch(ReadOnlySpan<byte> name, int layer)
    {
        ref DirectoryLink link = ref CollectionsMarshal.GetValueRefOrNullRef(
            _links.GetAlternateLookup<ReadOnlySpan<byte>>(), name);
        link = link with { Layer = layer };
    }

    public void Add(byte[] name, DirectoryLink link)
    {
        if (ReferenceEquals(_links, s_noLinks))
            _links = new Dictionary<byte[], DirectoryLink>(ByteNameComparer.Instance);
        _links.Add(name, link);
    }

    public bool Remove(ReadOnlySpan<byte> name, out DirectoryLink link) =>
        _links.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name, out _, out link);

    public void Clear() => _links = s_noLinks;

    /// <summary>Returns the entries ordered by their bytes, so that the same image gives the same disk.</summary>
    public KeyValuePair<byte[], DirectoryLink>[] Sorted()
    {
        KeyValuePair<byte[], DirectoryLink>[] links = [.. _links];
        Array.Sort(links, static (left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        return links;
    }
}

/// <summary>The file that a name leads to, and the last layer that set or used the name.</summary>
internal readonly record struct DirectoryLink(FileNode Node, int Layer);
