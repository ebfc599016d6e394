using Islet.Disks;

namespace Islet.Tests.Disks;

public sealed class ReadAheadStreamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256 * 1024)]
    [InlineData(5_000_000)]
    public void All_bytes_arrive_in_order(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        using var stream = new ReadAheadStream(() => new MemoryStream(content));

        var copy = new MemoryStream();
        stream.CopyTo(copy);
        Assert.Equal(content, copy.ToArray());
        Assert.Equal(0, stream.Read(new byte[1]));
    }

    [Fact]
    public void An_error_comes_after_the_bytes_before_it_and_again_on_each_further_read()
    {
        using var stream = new ReadAheadStream(() => new FailingStream(300_000));
        byte[] buffer = new byte[256 * 1024];
        Assert.Equal(buffer.Length, stream.ReadAtLeast(buffer, buffer.Length));
        Assert.Throws<IOException>(() => stream.ReadExactly(buffer));
        Assert.Throws<IOException>(() => stream.ReadExactly(buffer));
    }

    [Fact]
    public void Disposing_before_the_end_closes_the_source_even_while_it_waits_for_its_reader()
    {
        var source = new FailingStream(long.MaxValue);
        var stream = new ReadAheadStream(() => source);
        stream.ReadByte();
        stream.Dispose();
        stream.Dispose();
        Assert.True(source.IsDisposed);
    }

    private sealed class FailingStream(long failAt) : Stream
    {
        private long _position;

        public bool IsDisposed { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_position == failAt)
                throw new IOException("broken");
            int read = (int)Math.Min(count, failAt - _position);
            _position += read;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
