using Islet.Guest.Linux;

namespace Islet.Guest.Files;

/// <summary>
/// A file as long as it was when its header was written. A container goes on writing while it is copied; a file that has grown or
/// shrunk meanwhile must not shift everything behind it in the archive.
/// </summary>
internal sealed class FixedLengthFile(Descriptor file, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    /// <summary>It can't, but the archive's writer asks only those for their length that say so.</summary>
    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, length - _position);
        if (wanted == 0)
            return 0;
        int count = file.Read(buffer[..wanted]);
        if (count < 0)
            throw new LinuxException(-count, "read a file");
        if (count == 0)
        {
            buffer[..wanted].Clear();
            count = wanted;
        }

        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
