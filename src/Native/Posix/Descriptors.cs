using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

/// <summary>Descriptors that are handed to another process, or that the kernel watches.</summary>
internal static class Descriptors
{
    private const int SetFlags = 4;
    private const int GetFlags = 3;
    private const int SetOwner = 8;
    private const int SetSignal = 10;
    private const int Asynchronous = 0x2000;

    /// <summary>
    /// Sends one byte over a unix socket, and a descriptor with it (<c>SCM_RIGHTS</c>). The sender keeps its own.
    /// </summary>
    /// <returns>False if the socket does not block and has no room at the moment.</returns>
    /// <exception cref="Win32Exception">The descriptor could not be sent; the code is the errno.</exception>
    public static unsafe bool TrySend(SafeHandle socket, byte content, SafeHandle descriptor)
    {
        bool isMac = OperatingSystem.IsMacOS();
        int dataOffset = isMac ? 12 : 16; // after cmsg_len (4 bytes there, 8 here), cmsg_level, cmsg_type
        byte* control = stackalloc byte[24];
        bool added = false;
        try
        {
            descriptor.DangerousAddRef(ref added);
            *(long*)control = dataOffset + sizeof(int);
            *(int*)(control + dataOffset - 8) = isMac ? 0xFFFF : 1; // SOL_SOCKET
            *(int*)(control + dataOffset - 4) = 1; // SCM_RIGHTS
            *(int*)(control + dataOffset) = (int)descriptor.DangerousGetHandle();
            var part = new Libc.IoVector { Base = &content, Length = 1 };
            var message = new Libc.MessageHeader
            {
                Parts = &part,
                PartCount = 1,
                Control = control,
                ControlLength = (nuint)(isMac ? 16 : 24),
            };

            // SAFETY: the message and all that it points to live on this stack, and the descriptor is open until after the call.
            while (Libc.SendMessage(socket, &message, isMac ? 0 : 0x4000 /* MSG_NOSIGNAL */) < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == (isMac ? 35 : 11) /* EAGAIN */)
                    return false;
                if (error != Errno.Interrupted)
                    throw new Win32Exception(error);
            }

            return true;
        }
        finally
        {
            if (added)
                descriptor.DangerousRelease();
        }
    }

    /// <summary>
    /// Lets the kernel kill a process when the other end of a socket pair is closed, or anything is written to it (Linux). That holds while
    /// any process has this end open, and also after the process has become another user.
    /// </summary>
    /// <returns>False if the kernel can't do it.</returns>
    public static bool TryKillAtEndOf(SafeHandle end, int processId)
    {
        int flags = Libc.Fcntl(end, GetFlags, 0);
        return flags >= 0
            && Libc.Fcntl(end, SetSignal, Signals.Kill) == 0
            && Libc.Fcntl(end, SetOwner, processId) == 0
            && Libc.Fcntl(end, SetFlags, flags | Asynchronous) == 0;
    }
}
