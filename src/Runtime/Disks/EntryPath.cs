namespace Islet.Disks;

/// <summary>
/// An entry's name, checked and split: relative to the image's root, without <c>.</c> and empty components. A slash at the beginning means
/// that root, as for tar(1), Docker, containerd and Podman: buildpacks, Nix and kaniko write such names. Names that climb out of the image
/// are refused instead of corrected: no honest tool writes them.
/// </summary>
internal readonly ref struct EntryPath
{
    /// <summary>The longest name, NAME_MAX.</summary>
    public const int LongestName = 255;

    /// <summary>
    /// The longest path. It is far longer than Linux can open in one call (4096), and too short to make the walk through it slow.
    /// </summary>
    private const int LongestPath = 32 * 1024;

    private EntryPath(byte[] path)
    {
        int slash = path.AsSpan().LastIndexOf((byte)'/');
        Parent = slash < 0 ? default : path.AsMemory(0, slash);
        Name = path.AsSpan(slash + 1);
    }

    /// <summary>The directories above the entry, separated by slashes; empty for the root.</summary>
    public ReadOnlyMemory<byte> Parent { get; }

    /// <summary>The last component; empty when the entry is the root itself.</summary>
    public ReadOnlySpan<byte> Name { get; }

    public bool IsRoot => Name.IsEmpty;

    /// <exception cref="InvalidLayerException">The name climbs out of the image, or Linux could not store it.</exception>
    public static EntryPath Parse(ReadOnlySpan<byte> name)
    {
        if (name.Length > LongestPath)
            throw new InvalidLayerException("Its name is too long.");
        if (name.Contains((byte)0))
            throw new InvalidLayerException("Its name has a NUL in it.");

        byte[] path = new byte[name.Length];
        int length = 0;
        foreach (Range range in name.Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = name[range];
            if (component.IsEmpty || component.SequenceEqual("."u8))
                continue;
            if (component.SequenceEqual(".."u8))
                throw new InvalidLayerException("Its name climbs with \"..\", which could lead out of the image.");
            if (component.Length > LongestName)
                throw new InvalidLayerException("Its name has a part of more than 255 bytes, which Linux does not allow.");

            if (length > 0)
                path[length++] = (byte)'/';
            component.CopyTo(path.AsSpan(length));
            length += component.Length;
        }

        return new EntryPath(length == path.Length ? path : path[..length]);
    }
}
