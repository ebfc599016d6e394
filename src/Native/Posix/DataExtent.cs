using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>A part of a sparse file that is not a hole. It may hold zeros, but everything outside the extents is zero.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct DataExtent(long Offset, long Length)
{
    private const int NoSuchAddress = 6; // ENXIO: there is no data behind the offset
    private static readonly int SeekData = OperatingSystem.IsMacOS() ? 4 : 3;
    private static readonly int SeekHole = OperatingSystem.IsMacOS() ? 3 : 4;

    /// <summary>Where it ends, in bytes.</summary>
    public long End => Offset + Length;

    /// <summary>
    /// The extents of a file, from its beginning on. Moves the handle's file position. A file system that knows no holes has one extent.
    /// </summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static IEnumerable<DataExtent> Of(SafeFileHandle file, long length)
    {
        for (long position = 0; position < length;)
        {
            long start = Libc.Seek(file, position, SeekData);
            if (start < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == NoSuchAddress)
                    yield break;
                throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            }

            long end = Libc.Seek(file, start, SeekHole);
            end = end <= start ? length : Math.Min(end, length);
            if (start >= end)
                yield break; // the file has grown, and its next data lies behind what was asked for
            yield return new DataExtent(start, end - start);
            position = end;
        }
    }
}
