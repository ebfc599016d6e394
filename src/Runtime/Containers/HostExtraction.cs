using System.Formats.Tar;

namespace Islet.Containers;

/// <summary>
/// Unpacks a tar that came from a container into a directory of the host. The tar is hostile input: no name leads out of the
/// directory, no link is ever written through, and device nodes are left out.
/// </summary>
internal sealed class HostExtraction(string root)
{
    private readonly string _root = Path.GetFullPath(root);
    private readonly List<(string Path, string Target)> _symbolicLinks = [];
    private readonly List<(string Path, UnixFileMode Mode, DateTimeOffset Modified)> _directories = [];
    private readonly HashSet<string> _files = [];

    /// <exception cref="ContainerFileException">An entry's name leads out of the directory, or two entries contradict each other.</exception>
    public async Task ExtractAsync(Stream tar, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_root);
        var reader = new TarReader(tar, leaveOpen: true);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
                await ExtractAsync(entry, cancellationToken).ConfigureAwait(false);
        }

        // Links come last, when nothing more is written that could go through one of them.
        foreach ((string path, string target) in _symbolicLinks)
        {
            Refuse(Path.Exists(path) || new FileInfo(path).LinkTarget is not null, path, "it exists already");
            File.CreateSymbolicLink(path, target);
        }

        // Innermost first: a directory without write permission could not take its entries, and each of them changes its time.
        foreach ((string path, UnixFileMode mode, DateTimeOffset modified) in Enumerable.Reverse(_directories))
        {
            Directory.SetLastWriteTimeUtc(path, modified.UtcDateTime);
            SetMode(path, mode);
        }
    }

    private async Task ExtractAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        string path = Resolve(entry.Name);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                MakeDirectory(path);
                _directories.Add((path, entry.Mode, entry.ModificationTime));
                break;

            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                MakeDirectory(Path.GetDirectoryName(path)!);
                await WriteFileAsync(entry, path, cancellationToken).ConfigureAwait(false);
                break;

            case TarEntryType.HardLink:
                string target = Resolve(entry.LinkName);
                Refuse(!_files.Contains(target), entry.Name, "it is a hard link to something that the tar does not hold");
                MakeDirectory(Path.GetDirectoryName(path)!);
                File.Copy(target, path, overwrite: false);
                _files.Add(path);
                break;

            case TarEntryType.SymbolicLink:
                MakeDirectory(Path.GetDirectoryName(path)!);
                _symbolicLinks.Add((path, entry.LinkName));
                break;

            default:
                // Device nodes, pipes and sockets mean nothing outside the machine.
                break;
        }
    }

    private async Task WriteFileAsync(TarEntry entry, string path, CancellationToken cancellationToken)
    {
        // CreateNew follows no link and overwrites nothing; the look before only makes the better message.
        Refuse(Path.Exists(path), path, "it exists already");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        await using (file.ConfigureAwait(false))
        {
            if (entry.DataStream is { } data)
                await data.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
        }

        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
        SetMode(path, entry.Mode);
        _files.Add(path);
    }

    private string Resolve(string name)
    {
        string[] parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        Refuse(name.StartsWith('/') || name.Contains('\0') || parts.Contains(".."), name, "its name leads out of the directory");
        return Path.Combine([_root, .. parts.Where(part => part != ".")]);
    }

    private void MakeDirectory(string path)
    {
        if (path == _root)
            return;

        MakeDirectory(Path.GetDirectoryName(path)!);
        var directory = new DirectoryInfo(path);
        Refuse(directory.LinkTarget is not null || File.Exists(path), path, "a part of its path is not a directory");
        directory.Create();
    }

    // Set-user-id and set-group-id bits of a container's files have no business on the host.
    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode & (UnixFileMode)0x1FF);
    }

    private static void Refuse(bool condition, string name, string why)
    {
        if (condition)
            throw new ContainerFileException($"\"{name}\" from the container was not written to the host: {why}.");
    }
}
