using System.Buffers;
using Islet.Native.Posix;
using Islet.Tar;
using Microsoft.Win32.SafeHandles;

namespace Islet.Files;

/// <summary>A regular file of a container's tar, written to the host.</summary>
internal static class ExtractedFile
{
    private const int BufferSize = 1 << 17;
    private const UnixFileMode Kept = (UnixFileMode)0x1FF;

    /// <summary>Writes the reader's current entry to a file under a name that is free.</summary>
    public static void Write(
        Folder parent, ReadOnlySpan<byte> name, TarEntry entry, TarStreamReader reader, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = parent.CreateFile(name);
        Each(
            entry,
            (buffer, position) =>
            {
                reader.ReadContent(buffer);
                RandomAccess.Write(file, buffer, position);
            },
            cancellationToken);
        Finish(file, entry);
    }

    /// <summary>Copies a file that this extraction has written.</summary>
    public static void Copy(
        Folder parent, ReadOnlySpan<byte> name, Folder otherParent, ReadOnlySpan<byte> otherName, TarEntry entry,
        CancellationToken cancellationToken)
    {
        using SafeFileHandle source = otherParent.OpenRead(otherName);
        using SafeFileHandle file = parent.CreateFile(name);
        Each(
            entry,
            (buffer, position) =>
            {
                int read = RandomAccess.Read(source, buffer, position);
                RandomAccess.Write(file, buffer[..read], position);
            },
            cancellationToken);
        Finish(file, entry);
    }

    /// <summary>Returns the entry's time, as far as the host's calendar reaches.</summary>
    public static DateTime TimeOf(TarEntry entry)
    {
        long most = DateTimeOffset.MaxValue.ToUnixTimeSeconds() - 1;
        long least = DateTimeOffset.MinValue.ToUnixTimeSeconds();
        DateTimeOffset second = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(entry.Modified.Seconds, least, most));
        return second.AddTicks(entry.Modified.Nanoseconds / TimeSpan.NanosecondsPerTick).UtcDateTime;
    }

    private static void Each(TarEntry entry, PieceAction act, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            foreach (StoredRegion region in entry.Regions)
            {
                for (long done = 0; done < region.Length;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, region.Length - done));
                    act(piece, region.Offset + done);
                    done += piece.Length;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Finish(SafeFileHandle file, TarEntry entry)
    {
        if (RandomAccess.GetLength(file) < entry.Size)
            RandomAccess.SetLength(file, entry.Size); // it ends with a hole
        File.SetLastWriteTimeUtc(file, TimeOf(entry));
        File.SetUnixFileMode(file, (UnixFileMode)entry.Permissions & Kept);
    }

    private delegate void PieceAction(Span<byte> buffer, long position);
}
