using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The way a child ended: by its exit code or by a signal.</summary>
internal readonly record struct ChildExit(int Pid, int ExitCode, int Signal);

/// <summary>Reaping and signalling of child processes.</summary>
internal static unsafe class Children
{
    public const int SIGKILL = 9;
    private const nint PidfdSendSignal = 424; // the same number on every architecture

    /// <summary>Takes the status of one child that has ended; null when there is no other.</summary>
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

    /// <summary>Whether there are children, alive or not yet reaped.</summary>
    public static bool AnyLeft
    {
        get
        {
            const int ECHILD = 10, WNOHANG = 1, WNOWAIT = 0x01000000, WEXITED = 4, P_ALL = 0;

            // SAFETY: without a structure to fill, waitid only looks.
            return Libc.waitid(P_ALL, 0, null, WEXITED | WNOHANG | WNOWAIT) == 0 || Marshal.GetLastPInvokeError() != ECHILD;
        }
    }

    /// <summary>
    /// Sends a signal by pidfd, because the process number may belong to another process by now. Returns 0 or a negative error number.
    /// </summary>
    public static int Signal(Descriptor process, int signal) =>
        Libc.syscall(PidfdSendSignal, process.Number, signal, 0, 0, 0) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    /// <summary>Kills every process of the machine except the agent.</summary>
    public static void KillAll() => _ = Libc.kill(-1, SIGKILL);
}
