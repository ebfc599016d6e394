namespace Islet.Tar;

/// <summary>
/// Reads a tar archive from front to back, without seeking. System.Formats.Tar is not used, for three reasons: it decodes the values of pax
/// records as UTF-8, which destroys binary extended attributes (file capabilities); it does not support sparse files; and names that are
/// not UTF-8 do not survive it.
/// </summary>
/// <remarks>The agent has a smaller reader, <c>TarDecoder</c>, whose comment says why.</remarks>
internal sealed partial class TarStreamReader
{
    private readonly Stream _archive;
    private readonly byte[] _block = new byte[TarHeader.Size];
    private readonly PaxRecords _global;
    private readonly PaxRecords _local;
    private byte[]? _longName;
    private byte[]? _longLinkName;
    private long _unread;
    private int _padding;
    private bool _ended;
    private bool _any;

    public TarStreamReader(Stream archive)
    {
        _archive = archive;
        _global = new PaxRecords();
        _local = new PaxRecords(_global);
    }

    /// <summary>Whether the archive ended with a block of zeros, as it should, and not only because its stream ended.</summary>
    public bool HasEndMark { get; private set; }

    /// <summary>The position of the current entry's stored content, in a stream that knows its position.</summary>
    public long ContentPosition { get; private set; }

    /// <summary>The name of the entry being read, for the text of an error; empty between entries.</summary>
    public byte[] CurrentName { get; private set; } = [];

    /// <summary>
    /// Reads the next entry, whose content then begins. The rest of the previous content is skipped. Returns null at the end of the
    /// archive.
    /// </summary>
    /// <exception cref="TarException">The stream is not a tar archive, ends too early, or a header is malformed.</exception>
    public TarEntry? ReadEntry()
    {
        CurrentName = [];
        _local.Clear();
        _longName = null;
        _longLinkName = null;
        while (true)
        {
            SkipContent();
            if (!ReadHeaderBlock())
                return null;

            var header = new TarHeader(_block);
            switch (header.TypeFlag)
            {
                case (byte)'x':
                    _local.Parse(ReadExtension(header.StoredSize));
                    break;
                case (byte)'g':
                    _global.Parse(ReadExtension(header.StoredSize));
                    break;
                case (byte)'L':
                    _longName = TarHeader.UntilNul(ReadExtension(header.StoredSize)).ToArray();
                    break;
                case (byte)'K':
                    _longLinkName = TarHeader.UntilNul(ReadExtension(header.StoredSize)).ToArray();
                    break;
                default:
                    return ToEntry(header);
            }
        }
    }

    /// <summary>Fills the buffer from the current entry's stored content.</summary>
    /// <exception cref="TarException">The archive ends too early.</exception>
    public void ReadContent(Span<byte> buffer)
    {
        if (buffer.Length > _unread)
            throw new TarException("A file's map and its stored content do not agree.");

        ReadExactly(buffer);
        _unread -= buffer.Length;
    }

    /// <summary>Reads the bytes after the archive's end, so that a hash of the stream covers all of it.</summary>
    public void Drain(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        while (_archive.Read(buffer) > 0)
            cancellationToken.ThrowIfCancellationRequested();
    }

    private bool ReadHeaderBlock()
    {
        if (_ended)
            return false;

        int read = _archive.ReadAtLeast(_block, _block.Length, throwOnEndOfStream: false);
        // Some archives lack their two closing blocks of zeros, and both Go and GNU tar accept them.
        if (read == 0 || (read == _block.Length && !_block.AsSpan().ContainsAnyExcept((byte)0)))
        {
            _ended = true;
            HasEndMark = read > 0;
            return false;
        }

        if (read < _block.Length)
            throw Truncated();
        if (!TarHeader.ChecksumMatches(_block))
            throw new TarException(_any ? "The archive is damaged: a header's checksum is wrong." : "It is not a tar archive.");

        _any = true;
        return true;
    }

    private byte[] ReadExtension(long size)
    {
        if (size is < 0 or > PaxRecords.MaximumBytes)
            throw new TarException("An extended header is too large.");

        BeginContent(size);
        byte[] content = new byte[size];
        ReadContent(content);
        return content;
    }

    private void BeginContent(long size)
    {
        _unread = size;
        _padding = (int)(-size & (TarHeader.Size - 1));
        if (_archive.CanSeek)
            ContentPosition = _archive.Position;
    }

    private void SkipContent()
    {
        long rest = _unread + _padding;
        _unread = 0;
        _padding = 0;
        if (rest == 0)
            return;

        if (_archive.CanSeek)
        {
            if (rest > _archive.Length - _archive.Position)
                throw Truncated();
            _archive.Seek(rest, SeekOrigin.Current);
            return;
        }

        Span<byte> buffer = stackalloc byte[4096];
        for (; rest > 0; rest -= Math.Min(rest, buffer.Length))
            ReadExactly(buffer[..(int)Math.Min(rest, buffer.Length)]);
    }

    private void ReadExactly(Span<byte> buffer)
    {
        if (_archive.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
            throw Truncated();
    }

    private static TarException Truncated() => new("The archive ends in the middle of an entry.");
}
