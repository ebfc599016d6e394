using System.Formats.Tar;

namespace Islet.Aspire.Volumes;

/// <summary>A named volume: its content as it was when its last container ended, as a tar whose first entry is the mount point itself.</summary>
internal sealed class Volume(string name, string path, FileStream? @lock) : IDisposable
{
    // Tells the contents of a volume from one another: what a checkpoint was taken with from what was kept later.
    private const string GenerationKey = "ISLET.generation";
    private const int EndOfArchive = 1024;

    public string Name => name;

    /// <summary>The tar.</summary>
    public string Path => path;

    /// <summary>Whether nothing of it is kept.</summary>
    public bool IsReadOnly => @lock is null;

    /// <summary>When it was kept; <see langword="null"/>: it never was.</summary>
    public DateTime? Kept => File.Exists(path) ? File.GetLastWriteTime(path) : null;

    /// <summary>Tells its content from former and later ones; empty when there is none.</summary>
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

    /// <summary>Keeps what a container has at the mount point, in place of what was kept before, all or nothing.</summary>
    /// <returns>The bytes that it takes.</returns>
    /// <exception cref="IsletException">The container can't be read.</exception>
    /// <exception cref="IOException">It can't be written.</exception>
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

    // The tar of a directory's contents has no entry for the directory, whose owner and mode a server may insist on.
    private static async Task<byte[]> ReadHeadAsync(Container container, string target, string generation)
    {
        Stream tar = await container.CopyTarFromAsync(target).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
        {
            var reader = new TarReader(tar);
            await using (reader.ConfigureAwait(false))
            {
                TarEntry top = await reader.GetNextEntryAsync().ConfigureAwait(false) ?? throw new IOException($"{target} could not be read.");
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

    // A machine that ends meanwhile ends the stream too.
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
