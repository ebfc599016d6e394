namespace Islet.Guest.Linux;

/// <summary>A blocking descriptor as a <see cref="Stream"/>, for code that has its own thread.</summary>
internal sealed class DescriptorStream(Descriptor descriptor, string name = "the stream") : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int count = descriptor.Read(buffer);
        return count >= 0 ? count : throw new LinuxException(-count, $"read {name}");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = descriptor.Write(buffer);
            if (count < 0)
                throw new LinuxException(-count, $"write {name}");
            buffer = buffer[count..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            descriptor.Dispose();
        base.Dispose(disposing);
    }
}
