using SharpCompress.Compressors.Xz;
using ReadOnlyStream = Islet.Values.ReadOnlyStream;

namespace Islet.Images.Store;

/// <summary>
/// Decompresses xz (the .xz file format, section 2): one stream after another, with padding of zeros between them, and nothing else after
/// them. Owns the compressed stream.
/// </summary>
internal sealed class XzStreams : ReadOnlyStream
{
    private readonly PeekableStream _compressed;
    private XZStream _current;

    public XzStreams(Stream compressed)
    {
        _compressed = new PeekableStream(compressed);
        _current = new XZStream(_compressed);
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            int read = _current.Read(buffer);
            if (read > 0 || buffer.IsEmpty || !BeginNext())
                return read;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _compressed.Dispose();
        base.Dispose(disposing);
    }

    private bool BeginNext()
    {
        long padding = 0;
        int next;
        while ((next = _compressed.Peek()) == 0)
        {
            _ = _compressed.ReadByte();
            padding++;
        }

        if (padding % 4 != 0)
            throw new InvalidDataException("its padding is not made of groups of four.");
        if (next < 0)
            return false;
        if (next != 0xfd)
            throw new InvalidDataException("there are bytes after the end of its xz stream.");

        _current = new XZStream(_compressed);
        return true;
    }

    /// <summary>A stream whose next byte can be looked at without reading it. Owns the content.</summary>
    private sealed class PeekableStream(Stream content) : ReadOnlyStream
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _start;
        private int _end;
        private long _position;

        /// <summary>The number of bytes read; the decompressor aligns by it.</summary>
        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public int Peek()
        {
            Fill();
            return _start < _end ? _buffer[_start] : -1;
        }

        public override int Read(Span<byte> buffer)
        {
            Fill();
            int count = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            _position += count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                content.Dispose();
            base.Dispose(disposing);
        }

        private void Fill()
        {
            if (_start == _end)
                (_start, _end) = (0, content.Read(_buffer));
        }
    }
}
