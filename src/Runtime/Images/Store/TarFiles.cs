using System.Text;
using Islet.Tar;
using Islet.Values;

namespace Islet.Images.Store;

/// <summary>
/// The files in a tar archive, found by name and read directly from the archive. Names serve only as keys of a dictionary, as bytes, and
/// never become paths of the host.
/// </summary>
internal sealed class TarFiles : ImageFiles
{
    private const int MaxEntries = 100_000;
    private const int MaxLinks = 8;

    private readonly string _path;
    private readonly Dictionary<byte[], Entry> _entries = new(ByteNameComparer.Instance);

    private TarFiles(string path, string location) => (_path, Location) = (path, location);

    public override string Location { get; }

    /// <summary>Reads the archive's table of contents.</summary>
    /// <param name="path">An uncompressed tar file.</param>
    /// <param name="location">The name of the archive in messages.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="InvalidImageException">The file is not a tar archive.</exception>
    public static async Task<TarFiles> OpenAsync(string path, string location, CancellationToken cancellationToken)
    {
        var files = new TarFiles(path, location);
        await Task.Run(() => files.ReadContents(cancellationToken), cancellationToken).ConfigureAwait(false);
        return files._entries.Count > 0 ? files : throw new InvalidImageException($"{location} is not a tar archive, or is empty.");
    }

    public override Stream? TryOpen(string path)
    {
        byte[]? name = Normalize(Encoding.UTF8.GetBytes(path));
        for (int links = 0; name is not null && _entries.TryGetValue(name, out Entry? entry); links++)
        {
            if (entry.LinkTarget is null)
                return new FileRange(OpenArchive(_path), entry.Offset, entry.Length);
            if (links == MaxLinks)
                throw new InvalidImageException($"{Excerpt.Of(path)} in {Location} is a link that leads in circles.");

            name = entry.LinkTarget;
        }

        return null;
    }

    public override void Dispose()
    {
    }

    private void ReadContents(CancellationToken cancellationToken)
    {
        using FileStream archive = OpenArchive(_path);
        var reader = new TarStreamReader(archive);
        try
        {
            while (reader.ReadEntry() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Add(entry, reader.ContentPosition);
            }
        }
        catch (TarException exception)
        {
            throw new InvalidImageException($"{Location} is not a tar archive, or is damaged: {exception.Message}", exception);
        }
    }

    private void Add(TarEntry entry, long position)
    {
        if (_entries.Count >= MaxEntries)
            throw new InvalidImageException($"{Location} has more than {MaxEntries} entries; that is not an image.");
        if (Normalize(entry.Name) is not { } name)
            return;

        // The last entry of a name counts, as when an archive is unpacked.
        switch (entry.Type)
        {
            case TarEntryType.RegularFile when IsInOnePiece(entry):
                _entries[name] = new Entry(position, entry.Size, LinkTarget: null);
                break;
            case TarEntryType.HardLink when Normalize(entry.LinkName) is { } target:
                _entries[name] = new Entry(0, 0, target);
                break;
            case TarEntryType.SymbolicLink when Normalize([.. FolderOf(name, entry.LinkName), .. entry.LinkName]) is { } target:
                _entries[name] = new Entry(0, 0, target);
                break;
            default:
                _entries.Remove(name);
                break;
        }
    }

    private static bool IsInOnePiece(TarEntry entry) =>
        entry.Size == 0 || entry.Regions is [{ Offset: 0 } region] && region.Length == entry.Size;

    /// <summary>Returns the folder that a link's target is relative to: the link's own folder, or the archive's root.</summary>
    private static ReadOnlySpan<byte> FolderOf(byte[] name, byte[] target) =>
        target is [(byte)'/', ..] ? [] : name.AsSpan(0, name.AsSpan().LastIndexOf((byte)'/') + 1);

    /// <summary>Returns the name without <c>.</c> and <c>..</c>, or <see langword="null"/> when it leaves the archive.</summary>
    private static byte[]? Normalize(byte[] name)
    {
        var parts = new List<Range>();
        foreach (Range range in name.AsSpan().Split((byte)'/'))
        {
            ReadOnlySpan<byte> part = name.AsSpan(range);
            if (part.IsEmpty || part.SequenceEqual("."u8))
                continue;
            if (!part.SequenceEqual(".."u8))
                parts.Add(range);
            else if (parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else
                return null;
        }

        var path = new List<byte>(name.Length);
        foreach (Range part in parts)
        {
            if (path.Count > 0)
                path.Add((byte)'/');
            path.AddRange(name.AsSpan(part));
        }

        return [.. path];
    }

    private static FileStream OpenArchive(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{path} can't be read: {exception.Message}", exception);
        }
    }

    private sealed record Entry(long Offset, long Length, byte[]? LinkTarget);
}
