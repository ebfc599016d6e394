using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>A part of a sparse file that is not a hole. It may hold zeros, but everything outside the extents is zero.</summary>
/// <param name="Offset">The start of the extent, in bytes.</param>
/// <param name="Length">The length of the extent, in bytes.</param>
internal readonly record struct DataExtent(long Offset, long Length)
{
    private const int NoSuchAddress = 6; // ENXIO: there is no data behind the offset
    private static readonly int s_seekData = OperatingSystem.IsMacOS() ? 4 : 3;
    private static readonly int s_seekHole = OperatingSystem.IsMacOS() ? 3 : 4;

    /// <summary>The end of the extent, in bytes.</summary>
    public long End => Offset + Length;

    /// <summary>
    /// Returns the extents of a file, from its beginning on. Moves the handle's file position. A file system without holes has one extent.
    /// </summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static IEnumerable<DataExtent> Of(SafeFileHandle file, long length)
    {
        for (long position = 0; position < length;)
        {
            long start = Libc.Seek(file, position, s_seekData);
            if (start < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == NoSuchAddress)
                    yield break;
                throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            }

            long end = Libc.Seek(file, start, s_seekHole);
            end = end <= start ? length : Math.Min(end, length);
            if (start >= end)
                yield break; // the file has grown, and its next data lies behind what was asked for
            yield return new DataExtent(start, end - start);
            position = end;
        }
    }
}
