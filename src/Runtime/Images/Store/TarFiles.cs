using System.Formats.Tar;
using Islet.Diagnostics;

namespace Islet.Images.Store;

/// <summary>
/// The files in a tar archive, found by name and read in place. Names are keys of a dictionary here and never become paths of the host.
/// </summary>
internal sealed class TarFiles : ImageFiles
{
    private const int MaxEntries = 100_000;
    private const int MaxLinks = 8;

    private readonly string _path;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private TarFiles(string path, string location) => (_path, Location) = (path, location);

    public override string Location { get; }

    /// <summary>Reads the archive's table of contents.</summary>
    /// <param name="path">An uncompressed tar file.</param>
    /// <param name="location">What to call it in messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidImageException">It is not a tar archive.</exception>
    public static async Task<TarFiles> OpenAsync(string path, string location, CancellationToken cancellationToken)
    {
        var files = new TarFiles(path, location);
        try
        {
            using var reader = new TarReader(OpenArchive(path));
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
                files.Add(entry);
        }
        catch (Exception error) when (
            error is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidImageException($"{location} is not a tar archive, or is damaged: {Excerpt.Of(error.Message)}", error);
        }

        return files._entries.Count > 0 ? files : throw new InvalidImageException($"{location} is not a tar archive, or is empty.");
    }

    public override Stream? TryOpen(string path)
    {
        string? name = Normalize(path);
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

    private void Add(TarEntry entry)
    {
        if (_entries.Count >= MaxEntries)
            throw new InvalidImageException($"{Location} has more than {MaxEntries} entries; that is not an image.");
        if (Normalize(entry.Name) is not { } name)
            return;

        // As when an archive is unpacked, the last entry of a name counts.
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                _entries[name] = new Entry(Math.Max(entry.DataOffset, 0), entry.Length, LinkTarget: null);
                break;
            case TarEntryType.HardLink when Normalize(entry.LinkName) is { } target:
                _entries[name] = new Entry(0, 0, target);
                break;
            case TarEntryType.SymbolicLink when Normalize(Path.Combine(Path.GetDirectoryName(name) ?? "", entry.LinkName)) is { } target:
                _entries[name] = new Entry(0, 0, target);
                break;
            default:
                _entries.Remove(name);
                break;
        }
    }

    /// <summary>The name without <c>.</c> and <c>..</c>, or <see langword="null"/> when it is absolute or leaves the archive.</summary>
    private static string? Normalize(string name)
    {
        if (name.StartsWith('/'))
            return null;

        var parts = new List<string>();
        foreach (string part in name.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part != "..")
                parts.Add(part);
            else if (parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else
                return null;
        }

        return string.Join('/', parts);
    }

    private static FileStream OpenArchive(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception error) when (StorageException.Describes(error))
        {
            throw new StorageException($"{path} can't be read: {error.Message}", error);
        }
    }

    private sealed record Entry(long Offset, long Length, string? LinkTarget);
}
