namespace Islet.Tar;

/// <summary>Writes a tar archive whose names are bytes. Does not own the stream.</summary>
internal sealed class TarStreamWriter(Stream archive)
{
    private long _unwritten;
    private int _padding;

    /// <summary>Begins an entry. Its content follows, with exactly as many bytes as its size.</summary>
    public async ValueTask BeginAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        if (_unwritten != 0)
            throw new InvalidOperationException("The entry before has not got all of its content.");

        byte[] headers = TarHeaderWriter.Write(entry);
        byte[] blocks = [.. new byte[_padding], .. headers];
        _unwritten = entry.Type == TarEntryType.RegularFile ? entry.Size : 0;
        _padding = (int)(-_unwritten & (TarHeader.Size - 1));
        await archive.WriteAsync(blocks, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a part of the current entry's content.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (content.Length > _unwritten)
            throw new InvalidOperationException("The entry has more content than its size says.");

        _unwritten -= content.Length;
        return archive.WriteAsync(content, cancellationToken);
    }

    /// <summary>Ends the archive.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) =>
        archive.WriteAsync(new byte[_padding + (2 * TarHeader.Size)], cancellationToken);
}
