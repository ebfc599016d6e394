using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The agent's operations on the master of a terminal.</summary>
internal static unsafe class Terminals
{
    public static void Resize(Descriptor master, uint rows, uint columns)
    {
        const nuint TIOCSWINSZ = 0x5414;

        // SAFETY: struct winsize is four shorts.
        ushort* size = stackalloc ushort[4] { (ushort)rows, (ushort)columns, 0, 0 };
        if (Libc.ioctl(master.Number, TIOCSWINSZ, size) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "resize the terminal");
    }
}
