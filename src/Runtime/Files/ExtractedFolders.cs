using Islet.Native.Posix;

namespace Islet.Files;

/// <summary>
/// The directories of an extraction. Each is entered part by part from the top, and no part may be a link. The last one is kept open,
/// because entries of one directory follow one another. Owns the top.
/// </summary>
internal sealed class ExtractedFolders(Folder top) : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0x1FF; // less the umask, as mkdir has it

    private byte[]? _currentName;
    private Folder? _current;

    public Folder Top => top;

    /// <summary>
    /// Opens the parent directory of a name, and makes it with its parents if it is missing. This object keeps owning it.
    /// </summary>
    public Folder EnterParent(ExtractedName name)
    {
        if (_current is not null && name.Parent.SequenceEqual(_currentName))
            return _current;

        _current?.Dispose();
        _current = null;
        _current = Walk(name, name.Depth - 1, create: true);
        _currentName = name.Parent.ToArray();
        return _current;
    }

    /// <summary>Opens the parent directory of a name, which must exist. The caller owns it.</summary>
    public Folder OpenParent(ExtractedName name) => Walk(name, name.Depth - 1, create: false);

    /// <summary>Opens a directory, which must exist. The caller owns it.</summary>
    public Folder Open(ExtractedName name) => Walk(name, name.Depth, create: false);

    public void Dispose()
    {
        _current?.Dispose();
        top.Dispose();
    }

    private Folder Walk(ExtractedName name, int depth, bool create)
    {
        Folder current = top.Reopen();
        try
        {
            for (int i = 0; i < depth; i++)
            {
                Folder next = Enter(current, name, name.Part(i), create);
                current.Dispose();
                current = next;
            }

            return current;
        }
        catch
        {
            current.Dispose();
            throw;
        }
    }

    private static Folder Enter(Folder parent, ExtractedName name, ReadOnlySpan<byte> part, bool create)
    {
        PosixFileType? existing = parent.Find(part)?.Type;
        name.RefuseIf(existing is not (null or PosixFileType.Folder), "a part of its path is not a directory");
        if (existing is null && create)
            parent.CreateFolder(part, Everybody);
        return parent.OpenFolder(part);
    }
}
