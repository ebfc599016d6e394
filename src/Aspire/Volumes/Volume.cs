using System.Formats.Tar;

namespace Islet.Aspire.Volumes;

/// <summary>A named volume: its content at the end of its last container, as a tar whose first entry is the mount point itself.</summary>
internal sealed class Volume(string name, string path, FileStream? @lock) : IDisposable
{
    // Distinguishes contents of one volume: those at the time of a checkpoint from those that were kept later.
    private const string GenerationKey = "ISLET.generation";
    private const int EndOfArchive = 1024;

    public string Name => name;

    /// <summary>The path of the tar.</summary>
    public string Path => path;

    /// <summary>Whether changes of the content are not kept.</summary>
    public bool IsReadOnly => @lock is null;

    /// <summary>The time at which the content was last kept; <see langword="null"/>: never.</summary>
    public DateTime? Kept => File.Exists(path) ? File.GetLastWriteTime(path) : null;

    /// <summary>An id of the content, which differs from that of earlier and later contents; empty when there is none.</summary>
    public string Generation
    {
        get
        {
            if (!File.Exists(path))
                return "";
            using FileStream file = File.OpenRead(path);
            using var reader = new TarReader(file);
            return reader.GetNextEntry() is PaxTarEntry root ? root.ExtendedAttributes.GetValueOrDefault(GenerationKey, "") : "";
        }
    }

    /// <summary>Keeps the container's files at the mount point, and replaces the former content completely or not at all.</summary>
    /// <returns>The size of the content in bytes.</returns>
    /// <exception cref="IsletException">The files can't be read from the container.</exception>
    /// <exception cref="IOException">The content can't be written.</exception>
    public async Task<long> KeepAsync(Container container, string target, string generation)
    {
        byte[] head = await ReadHeadAsync(container, target, generation).ConfigureAwait(false);
        string partial = path + ".partial";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        long length;
        var file = new FileStream(partial, options);
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(head).ConfigureAwait(false);
            Stream content = await container.CopyTarFromAsync(target, contentsOnly: true).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
                await content.CopyToAsync(file).ConfigureAwait(false);
            RequireEnd(file);
            file.Flush(flushToDisk: true);
            length = file.Length;
        }

        File.Move(partial, path, overwrite: true);
        return length;
    }

    public void Dispose() => @lock?.Dispose();

    // The tar of a directory's contents has no entry for the directory, whose owner and mode a server may require.
    private static async Task<byte[]> ReadHeadAsync(Container container, string target, string generation)
    {
        Stream tar = await container.CopyTarFromAsync(target).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
        {
            var reader = new TarReader(tar);
            await using (reader.ConfigureAwait(false))
            {
                TarEntry top = await reader.GetNextEntryAsync().ConfigureAwait(false)
                    ?? throw new IOException($"{target} could not be read.");
                var root = new PaxTarEntry(TarEntryType.Directory, "./", [new(GenerationKey, generation)])
                {
                    Mode = top.Mode, Uid = top.Uid, Gid = top.Gid, ModificationTime = top.ModificationTime,
                };
                var head = new MemoryStream();
                var writer = new TarWriter(head, TarEntryFormat.Pax, leaveOpen: true);
                await using (writer.ConfigureAwait(false))
                    await writer.WriteEntryAsync(root).ConfigureAwait(false);
                return head.ToArray()[..^EndOfArchive];
            }
        }
    }

    // If the machine ends meanwhile, the stream ends early too.
    private static void RequireEnd(FileStream file)
    {
        Span<byte> end = stackalloc byte[EndOfArchive];
        if (file.Length >= EndOfArchive)
        {
            file.Position = file.Length - EndOfArchive;
            file.ReadExactly(end);
            if (!end.ContainsAnyExcept((byte)0))
                return;
        }

        throw new IOException("Its content broke off.");
    }
}
