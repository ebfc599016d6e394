using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>An open file descriptor and its one owner. Closed by <see cref="Dispose"/> only: there is no finalizer.</summary>
/// <remarks>
/// The methods return the result of the system call, or the negative error number: on the paths that run for every byte an error such as
/// EAGAIN is an ordinary answer, not an exception.
/// </remarks>
internal sealed class Descriptor(int number) : IDisposable
{
    public int Number { get; private set; } = number;

    public bool IsClosed => Number < 0;

    /// <summary>Opens <paramref name="path"/> as the agent sees it, always close-on-exec.</summary>
    public static Descriptor Open(string path, int flags, uint mode = 0)
    {
        int number = Libc.openat(At.WorkingDirectory, path, flags | OpenFlags.CloseOnExec, mode);
        return number >= 0 ? new Descriptor(number) : throw new LinuxException(Marshal.GetLastPInvokeError(), $"open {path}");
    }

    /// <summary>Opens <paramref name="path"/>; returns null when it does not exist.</summary>
    public static Descriptor? TryOpen(string path, int flags)
    {
        int number = Libc.openat(At.WorkingDirectory, path, flags | OpenFlags.CloseOnExec, 0);
        return number >= 0 ? new Descriptor(number) : null;
    }

    public unsafe int Read(Span<byte> buffer)
    {
        // SAFETY: the buffer is pinned for the length of the call, and the kernel writes no more than its length.
        fixed (byte* start = buffer)
        {
            nint count;
            do
                count = Libc.read(Number, start, (nuint)buffer.Length);
            while (count < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Reads at an offset of the file, regardless of earlier reads.</summary>
    public unsafe int ReadAt(Span<byte> buffer, long offset)
    {
        // SAFETY: as in Read.
        fixed (byte* start = buffer)
        {
            nint count = Libc.pread(Number, start, (nuint)buffer.Length, offset);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    public unsafe int Write(ReadOnlySpan<byte> bytes)
    {
        // SAFETY: the bytes are pinned for the length of the call, and the kernel only reads them.
        fixed (byte* start = bytes)
        {
            nint count;
            do
                count = Libc.write(Number, start, (nuint)bytes.Length);
            while (count < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Writes all bytes to a descriptor that blocks. Returns 0 or a positive error number.</summary>
    public int WriteAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Write(bytes);
            if (count < 0)
                return -count;
            bytes = bytes[count..];
        }

        return 0;
    }

    /// <summary>Returns a second descriptor of the same open file, which has its own owner.</summary>
    public Descriptor Duplicate()
    {
        const int F_DUPFD_CLOEXEC = 1030;
        int number = Libc.fcntl(Number, F_DUPFD_CLOEXEC, 0);
        return number >= 0 ? new Descriptor(number) : throw new LinuxException(Marshal.GetLastPInvokeError(), "dup");
    }

    /// <summary>Makes reads and writes return EAGAIN when they would wait.</summary>
    public void SetNonBlocking()
    {
        const int F_GETFL = 3, F_SETFL = 4;
        int flags = Libc.fcntl(Number, F_GETFL, 0);
        if (flags < 0 || Libc.fcntl(Number, F_SETFL, flags | OpenFlags.NonBlocking) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "fcntl");
    }

    /// <summary>Makes a pipe: bytes written to the writer are read from the reader.</summary>
    public static unsafe (Descriptor Reader, Descriptor Writer) Pipe()
    {
        // SAFETY: pipe2 fills exactly two integers.
        int* pair = stackalloc int[2];
        if (Libc.pipe2(pair, OpenFlags.CloseOnExec) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "pipe");
        return (new Descriptor(pair[0]), new Descriptor(pair[1]));
    }

    public void Dispose()
    {
        if (Number < 0)
            return;
        _ = Libc.close(Number);
        Number = -1;
    }
}
