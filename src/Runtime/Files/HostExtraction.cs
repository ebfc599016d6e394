using Islet.Native.Posix;
using Islet.Tar;
using Islet.Values;

namespace Islet.Files;

/// <summary>
/// Unpacks a tar that came from a container into a directory of the host. The tar is hostile input: no name leads out of the
/// directory, no link is ever written through, and entries other than files, directories and links are left out.
/// </summary>
internal sealed class HostExtraction(string root, UnixFileMode? mode = null)
{
    // The set-user-id and set-group-id bits of a container's files are not copied to the host.
    private const UnixFileMode Kept = (UnixFileMode)0x1FF;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _root = Path.GetFullPath(root);
    private readonly Dictionary<byte[], TarEntry> _written = new(ByteNameComparer.Instance);
    private readonly List<(ExtractedName Name, TarEntry Entry)> _folders = [];
    private readonly LeftOutFiles _leftOut = new();

    /// <exception cref="ContainerFileException">
    /// An entry's name leads out of the directory, or two entries contradict each other.
    /// </exception>
    /// <exception cref="TarException">The stream is not a tar, or is a damaged one.</exception>
    /// <exception cref="StorageException">The host's directory can't be written.</exception>
    public Task<CopyResult> ExtractAsync(Stream tar, CancellationToken cancellationToken) =>
        TarThread.RunAsync(tar, reader => Extract(reader, cancellationToken), cancellationToken);

    private CopyResult Extract(TarStreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            bool isNew = !Directory.Exists(_root);
            Directory.CreateDirectory(_root);
            using var folders = new ExtractedFolders(Folder.Open(_root));
            while (reader.ReadEntry() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Extract(folders, entry, reader, cancellationToken);
            }

            // Without this check, a copy that lacks its end would look complete.
            if (!reader.HasEndMark)
                throw new TarException("The archive ends too early.");
            FinishFolders(folders);
            if (isNew && mode is { } own)
                File.SetUnixFileMode(folders.Top.Handle, own & Kept);
            return _leftOut.ToResult();
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{_root} can't be written: {exception.Message}", exception);
        }
    }

    private void Extract(ExtractedFolders folders, TarEntry entry, TarStreamReader reader, CancellationToken cancellationToken)
    {
        var name = ExtractedName.Parse(entry.Name, _root.Length);
        if (entry.Type == TarEntryType.Directory)
        {
            MakeFolder(folders, name);
            _folders.Add((name, entry));
            return;
        }

        name.RefuseIf(name.IsTop, "it has the name of the directory itself");
        if (NameOf(entry.Type) is { } special)
        {
            _leftOut.Add(entry.Name, special);
            _written[name.Bytes] = entry;
            return;
        }

        Folder parent = folders.EnterParent(name);
        name.RefuseIf(parent.Find(name.Last) is not null, "it exists already");
        switch (entry.Type)
        {
            case TarEntryType.RegularFile:
                ExtractedFile.Write(parent, name.Last, entry, reader, cancellationToken);
                _written[name.Bytes] = entry;
                break;
            case TarEntryType.SymbolicLink:
                MakeSymbolicLink(parent, name, entry);
                break;
            case TarEntryType.HardLink:
                MakeSecondName(folders, parent, name, entry, cancellationToken);
                break;
        }
    }

    private static void MakeFolder(ExtractedFolders folders, ExtractedName name)
    {
        if (name.IsTop)
            return;
        Folder parent = folders.EnterParent(name);
        switch (parent.Find(name.Last)?.Type)
        {
            case null:
                parent.CreateFolder(name.Last, OwnerOnly);
                break;
            case not PosixFileType.Folder:
                name.RefuseIf(true, "a part of its path is not a directory");
                break;
        }
    }

    private void MakeSymbolicLink(Folder parent, ExtractedName name, TarEntry entry)
    {
        name.RefuseIf(entry.LinkName.Length == 0 || entry.LinkName.Contains((byte)0), "it is a link without a usable target");
        parent.CreateSymbolicLink(name.Last, entry.LinkName);
        _written[name.Bytes] = entry;
    }

    /// <summary>Gives an earlier entry a second name: a file, a link, or an entry that was left out.</summary>
    private void MakeSecondName(
        ExtractedFolders folders, Folder parent, ExtractedName name, TarEntry entry, CancellationToken cancellationToken)
    {
        var first = ExtractedName.Parse(entry.LinkName, _root.Length);
        name.RefuseIf(
            !_written.TryGetValue(first.Bytes, out TarEntry? original), "it is a hard link to something that the tar does not hold");
        switch (original!.Type)
        {
            case TarEntryType.SymbolicLink:
                MakeSymbolicLink(parent, name, original);
                break;
            case TarEntryType.RegularFile:
                using (Folder firstParent = folders.OpenParent(first))
                {
                    if (!parent.TryCreateHardLink(name.Last, firstParent, first.Last))
                        ExtractedFile.Copy(parent, name.Last, firstParent, first.Last, original, cancellationToken);
                }

                _written[name.Bytes] = original;
                break;
            default:
                _leftOut.Add(entry.Name, NameOf(original.Type)!);
                _written[name.Bytes] = original;
                break;
        }
    }

    // The innermost come first: a directory without write permission could not take its entries, and each entry changes the directory's
    // time.
    private void FinishFolders(ExtractedFolders folders)
    {
        foreach ((ExtractedName name, TarEntry entry) in _folders.OrderByDescending(static folder => folder.Name.Depth))
        {
            using Folder folder = folders.Open(name);
            File.SetLastWriteTimeUtc(folder.Handle, ExtractedFile.TimeOf(entry));
            File.SetUnixFileMode(folder.Handle, (UnixFileMode)entry.Permissions & Kept);
        }
    }

    // Device nodes, pipes and sockets are useless outside the machine.
    private static string? NameOf(TarEntryType type) => type switch
    {
        TarEntryType.CharacterDevice => "a character device",
        TarEntryType.BlockDevice => "a block device",
        TarEntryType.NamedPipe => "a named pipe",
        _ => null,
    };
}
