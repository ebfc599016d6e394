using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Streams one file after another to its final place. Zeros become holes, in pieces of 64 KiB: databases and container images are full of
/// preallocated zeros, and a hole costs neither disk space nor time.
/// </summary>
internal sealed class FileContentWriter(BlockAllocator allocator, DiskWriter disk)
{
    private const int PieceSize = 64 * 1024;

    private readonly byte[] _piece = new byte[PieceSize];
    private readonly List<Extent> _extents = [];
    private long _pieceStart;
    private int _filled;

    /// <summary>Begins a file.</summary>
    /// <param name="storedBytes">
    /// The approximate number of bytes that are not holes; used to find a place where the file lies in one piece.
    /// </param>
    public void Begin(long storedBytes)
    {
        allocator.Prepare(BlocksFor(storedBytes));
        _extents.Clear();
        _pieceStart = 0;
        _filled = 0;
    }

    /// <summary>
    /// Returns room for the bytes that follow, at least one byte. <see cref="Advance"/> then takes the number of filled bytes.
    /// </summary>
    public Span<byte> Room()
    {
        if (_filled == PieceSize)
            EndPiece();
        return _piece.AsSpan(_filled);
    }

    public void Advance(int count) => _filled += count;

    /// <summary>Moves forward to a position in the file; the skipped part reads as zeros.</summary>
    public void SkipTo(long position)
    {
        if (position - _pieceStart >= PieceSize)
        {
            EndPiece();
            _pieceStart = position & -PieceSize;
        }

        int filled = (int)(position - _pieceStart);
        _piece.AsSpan(_filled, filled - _filled).Clear();
        _filled = filled;
    }

    /// <summary>Ends the file and returns the location of its content.</summary>
    public Extent[] Complete()
    {
        EndPiece();
        return [.. _extents];
    }

    private void EndPiece()
    {
        ReadOnlySpan<byte> content = _piece.AsSpan(0, _filled);
        if (content.ContainsAnyExcept((byte)0))
            WritePiece();

        _pieceStart += PieceSize;
        _filled = 0;
    }

    private void WritePiece()
    {
        int blocks = (_filled + BlockSize - 1) / BlockSize;
        _piece.AsSpan(_filled, (blocks * BlockSize) - _filled).Clear();

        uint logical = (uint)(_pieceStart / BlockSize);
        for (int done = 0; done < blocks;)
        {
            BlockRun run = allocator.Allocate(blocks - done);
            disk.Write(run.Start, _piece.AsSpan(done * BlockSize, (int)run.Length * BlockSize));
            Extent.Append(_extents, new Extent(run.Start, logical + (uint)done, (int)run.Length));
            done += (int)run.Length;
        }
    }
}
