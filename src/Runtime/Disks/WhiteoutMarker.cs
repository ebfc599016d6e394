namespace Islet.Disks;

internal enum WhiteoutKind
{
    /// <summary>An ordinary entry.</summary>
    None,

    /// <summary>A marker that hides, from lower layers, the name after the prefix.</summary>
    Name,

    /// <summary>A marker that hides everything that lower layers have in the directory.</summary>
    Opaque,

    /// <summary>A file that the AUFS driver kept for itself and old tools exported by accident; it has no meaning.</summary>
    Ignored,
}

/// <summary>A layer's marker for removed content (OCI image specification, layer.md, "Whiteouts").</summary>
internal readonly ref struct WhiteoutMarker
{
    private WhiteoutMarker(WhiteoutKind kind, ReadOnlySpan<byte> hidden = default)
    {
        Kind = kind;
        Hidden = hidden;
    }

    public WhiteoutKind Kind { get; }

    /// <summary>The hidden name.</summary>
    public ReadOnlySpan<byte> Hidden { get; }

    private static ReadOnlySpan<byte> Prefix => ".wh."u8;

    private static ReadOnlySpan<byte> MetadataPrefix => ".wh..wh."u8;

    /// <exception cref="InvalidLayerException">
    /// The marker would hide its own directory or the one above, or it is a directory's name.
    /// </exception>
    public static WhiteoutMarker Of(EntryPath path)
    {
        WhiteoutKind above = KindOfParents(path.Parent.Span);
        if (above == WhiteoutKind.Ignored)
            return new WhiteoutMarker(above);
        if (above == WhiteoutKind.Name)
            throw new InvalidLayerException("It lies in a whiteout, which cannot be a directory.");

        WhiteoutKind kind = KindOf(path.Name);
        if (kind != WhiteoutKind.Name)
            return new WhiteoutMarker(kind);

        ReadOnlySpan<byte> hidden = path.Name[Prefix.Length..];
        if (hidden.IsEmpty || hidden.SequenceEqual("."u8) || hidden.SequenceEqual(".."u8))
            throw new InvalidLayerException("It is a whiteout of the directory that it lies in, or of one above.");
        return new WhiteoutMarker(kind, hidden);
    }

    private static WhiteoutKind KindOf(ReadOnlySpan<byte> name) =>
        !name.StartsWith(Prefix) ? WhiteoutKind.None
        : name.SequenceEqual(".wh..wh..opq"u8) ? WhiteoutKind.Opaque
        : name.StartsWith(MetadataPrefix) ? WhiteoutKind.Ignored
        : WhiteoutKind.Name;

    private static WhiteoutKind KindOfParents(ReadOnlySpan<byte> parents)
    {
        if (parents.IndexOf(Prefix) < 0)
            return WhiteoutKind.None;

        foreach (Range range in parents.Split((byte)'/'))
        {
            WhiteoutKind kind = KindOf(parents[range]);
            if (kind != WhiteoutKind.None)
                return kind == WhiteoutKind.Opaque ? WhiteoutKind.Name : kind;
        }

        return WhiteoutKind.None;
    }
}
