using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>Copies between files inside the kernel, without passing through this process's memory.</summary>
internal static class KernelCopy
{
    // The errors of copy_file_range(2) when it does not support these two files: EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM.
    private static readonly int[] s_unsupported = [18, 22, 38, 95, 1];

    /// <summary>Copies bytes to the same place in another file.</summary>
    /// <returns>The number of copied bytes: 0 at the end of the source; -1 if the kernel can't copy between these files.</returns>
    /// <exception cref="IOException">Reading or writing failed; <see cref="Exception.HResult"/> is the errno.</exception>
    public static unsafe long TryCopy(SafeFileHandle source, SafeFileHandle destination, long offset, long length)
    {
        if (!OperatingSystem.IsLinux())
            return -1;

        long from = offset, to = offset;

        // SAFETY: the kernel reads and updates the two offsets, which live on this frame; both files stay open during the call.
        nint copied = Libc.CopyFileRange(source, &from, destination, &to, (nuint)length, 0);
        if (copied >= 0)
            return copied;

        int error = Marshal.GetLastPInvokeError();
        return s_unsupported.Contains(error) ? -1 : throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }
}
