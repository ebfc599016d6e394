using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>How a child ended.</summary>
internal readonly record struct ChildExit(int Pid, int ExitCode, int Signal);

/// <summary>Reaping and signalling.</summary>
internal static unsafe class Children
{
    public const int SIGKILL = 9;
    private const nint PidfdSendSignal = 424; // the same number on every architecture

    /// <summary>Takes the status of one child that has ended; null when no more have.</summary>
    public static ChildExit? TryReap()
    {
        const int WNOHANG = 1;
        int status = 0;

        // SAFETY: waitpid writes one integer.
        int pid = Libc.waitpid(-1, &status, WNOHANG);
        if (pid <= 0)
            return null;

        int signal = status & 0x7F;
        return signal == 0 ? new ChildExit(pid, (status >> 8) & 0xFF, 0) : new ChildExit(pid, 128 + signal, signal);
    }

    /// <summary>Are there children, alive or not yet reaped?</summary>
    public static bool AnyLeft
    {
        get
        {
            const int ECHILD = 10, WNOHANG = 1, WNOWAIT = 0x01000000, WEXITED = 4, P_ALL = 0;

            // SAFETY: without a structure to fill, waitid only looks.
            return Libc.waitid(P_ALL, 0, null, WEXITED | WNOHANG | WNOWAIT) == 0 || Marshal.GetLastPInvokeError() != ECHILD;
        }
    }

    /// <summary>Signals by pidfd: the number can't have passed to another process meanwhile. Returns 0 or a negative error number.</summary>
    public static int Signal(Descriptor process, int signal) =>
        Libc.syscall(PidfdSendSignal, process.Number, signal, 0, 0, 0) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    /// <summary>Kills every process of the machine but the agent.</summary>
    public static void KillAll() => _ = Libc.kill(-1, SIGKILL);
}
