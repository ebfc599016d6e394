using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The UTS namespace of another process, where its hostname is.</summary>
internal static class UtsNamespace
{
    private const int CLONE_NEWUTS = 0x04000000;

    /// <summary>Sets the hostname that a process sees. One that has just ended needs none.</summary>
    /// <remarks>The calling thread steps in and out again; this namespace, unlike that of mounts, is each thread's own affair.</remarks>
    public static void SetHostname(Descriptor process, string hostname)
    {
        using Descriptor own = Descriptor.Open("/proc/thread-self/ns/uts", OpenFlags.ReadOnly);
        if (Libc.setns(process.Number, CLONE_NEWUTS) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.ESRCH)
                return;
            throw new LinuxException(error, "enter the container's UTS namespace");
        }

        try
        {
            Machine.SetHostname(hostname);
        }
        finally
        {
            _ = Libc.setns(own.Number, CLONE_NEWUTS);
        }
    }
}
