using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>
/// Two connected sockets, one to keep and one for a child. Neither is in the filesystem, they need no connecting, and reading from one
/// blocks no thread.
/// </summary>
internal sealed class SocketPair : IDisposable
{
    private const int Unix = 1;
    private const int Stream = 1;
    private const int Datagram = 2;
    private const int CloseOnExec = 0x80000; // SOCK_CLOEXEC; Linux only

    private Socket? _ours;

    private SocketPair(Socket ours, SafeFileHandle theirs)
    {
        _ours = ours;
        Theirs = theirs;
    }

    /// <summary>
    /// The end for the child. Close it here once the child has it; otherwise the end of the child's side would never be seen.
    /// </summary>
    public SafeFileHandle Theirs { get; }

    /// <summary>Creates a pair that carries bytes, both ends closed on exec.</summary>
    /// <exception cref="Win32Exception">There is no descriptor left.</exception>
    public static SocketPair Create() => Create(Stream);

    /// <summary>Creates a pair that carries messages, each whole or not at all, both ends closed on exec.</summary>
    /// <exception cref="Win32Exception">There is no descriptor left.</exception>
    public static SocketPair CreateOfMessages() => Create(Datagram);

    private static unsafe SocketPair Create(int kind)
    {
        int* descriptors = stackalloc int[2];
        int type = OperatingSystem.IsMacOS() ? kind : kind | CloseOnExec;

        // SAFETY: socketpair writes two descriptors, for which there is room.
        if (Libc.SocketPair(Unix, type, 0, descriptors) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());

        var theirs = new SafeFileHandle(descriptors[1], ownsHandle: true);
        var ours = new SafeSocketHandle(descriptors[0], ownsHandle: true);
        if (OperatingSystem.IsMacOS())
        {
            _ = Libc.Fcntl(ours, 2 /* F_SETFD */, 1 /* FD_CLOEXEC */);
            _ = Libc.Fcntl(theirs, 2, 1);
        }

        return new SocketPair(new Socket(ours), theirs);
    }

    /// <summary>Returns the end to keep, which the caller owns from here on.</summary>
    public Socket TakeOurs() => Interlocked.Exchange(ref _ours, null) ?? throw new InvalidOperationException("This end was taken before.");

    /// <summary>Closes the child's end, and ours unless it was taken.</summary>
    public void Dispose()
    {
        _ours?.Dispose();
        Theirs.Dispose();
    }
}
