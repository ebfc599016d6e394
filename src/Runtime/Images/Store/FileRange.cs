using Islet.Values;

namespace Islet.Images.Store;

/// <summary>A part of a file. Owns the file.</summary>
internal sealed class FileRange(FileStream file, long offset, long length) : ReadOnlyStream
{
    private long _position;

    public override long Length => length;

    public override int Read(Span<byte> buffer)
    {
        int read = RandomAccess.Read(file.SafeFileHandle, buffer[..Available(buffer.Length)], offset + _position);
        _position += read;
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Memory<byte> available = buffer[..Available(buffer.Length)];
        int read = await RandomAccess.ReadAsync(
            file.SafeFileHandle, available, offset + _position, cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private int Available(int requested) => (int)Math.Min(requested, length - _position);
}
