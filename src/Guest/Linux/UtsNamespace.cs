using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The agent's own UTS namespace, from which it steps into those of others, where their hostnames are.</summary>
internal sealed class UtsNamespace
{
    private const int CLONE_NEWUTS = 0x04000000;

    // Open for good: the way through /proc is long, and a restored machine takes it for the first time.
    private readonly Descriptor _own = Descriptor.Open("/proc/self/ns/uts", OpenFlags.ReadOnly);

    /// <summary>Sets the hostname that a process sees. One that has just ended needs none.</summary>
    /// <remarks>The calling thread steps in and out again; this namespace, unlike that of mounts, is each thread's own affair.</remarks>
    public void SetHostname(Descriptor process, string hostname)
    {
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
            _ = Libc.setns(_own.Number, CLONE_NEWUTS);
        }
    }
}
