using Islet.Diagnostics;

namespace Islet.Disks.Ext4;

/// <summary>
/// An extended attribute's name as ext4 stores it: the namespace as a number, the rest as bytes (kernel documentation, ext4, "Extended
/// Attributes").
/// </summary>
internal readonly record struct XattrName(byte Index, byte[] Rest)
{
    private static readonly (byte[] Prefix, byte Index, bool IsWhole)[] s_namespaces =
    [
        ("user."u8.ToArray(), 1, false),
        ("system.posix_acl_access"u8.ToArray(), 2, true),
        ("system.posix_acl_default"u8.ToArray(), 3, true),
        ("trusted."u8.ToArray(), 4, false),
        ("security."u8.ToArray(), 6, false),
    ];

    /// <summary>
    /// Splits a name into its namespace and the rest. Returns null for the namespaces of other systems (<c>com.apple.*</c>): Linux refuses
    /// to store those too, and container runtimes leave them out.
    /// </summary>
    /// <exception cref="InvalidLayerException">The name is empty, too long, or contains a NUL.</exception>
    public static XattrName? Parse(byte[] name)
    {
        if (name.Length is 0 or > 255 || name.Contains((byte)0))
            throw Illegal(name);

        foreach ((byte[] prefix, byte index, bool isWhole) in s_namespaces)
        {
            if (!name.AsSpan().StartsWith(prefix) || (isWhole && name.Length != prefix.Length))
                continue;
            if (!isWhole && name.Length == prefix.Length)
                throw Illegal(name);
            return new XattrName(index, name[prefix.Length..]);
        }

        return null;
    }

    public bool IsAccessControlList => Index is 2 or 3;

    private static InvalidLayerException Illegal(byte[] name) =>
        new($"The name of the extended attribute \"{Printable.Of(name)}\" is not legal.");
}
