using System.Collections;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>
/// A child started with exactly the descriptors it is given. <c>System.Diagnostics.Process</c> can pass only standard streams, and those as
/// pipes, where each read blocks a pool thread.
/// </summary>
internal sealed class ChildProcess
{
    // Larger than any C library's posix_spawn_file_actions_t (80 bytes), posix_spawnattr_t (336) and sigset_t (128).
    private const int OpaqueBytes = 1024;

    private const short SetDefaultSignals = 0x04;
    private const short SetSignalMask = 0x08;
    private static readonly short s_newSession = (short)(OperatingSystem.IsMacOS() ? 0x0400 : 0x80);
    private const short CloseOnExecByDefault = 0x4000; // macOS only

    private readonly Lock _lock = new();
    private bool _reaped;

    private ChildProcess(int id) => Id = id;

    /// <summary>The process id. It is not reused before <see cref="WaitForExit"/> has returned.</summary>
    public int Id { get; }

    /// <summary>
    /// Starts a program in its own session, with default signal handling and this process's environment. On Linux, a child's
    /// <c>PR_SET_PDEATHSIG</c> is tied to the thread that calls this method.
    /// </summary>
    /// <param name="path">The program's absolute path.</param>
    /// <param name="arguments">The program's arguments, without its name.</param>
    /// <param name="descriptors">The child's descriptors 0, 1, 2, …; every other one is closed in it. The caller keeps ownership.</param>
    /// <exception cref="Win32Exception">The program could not be started; the code is the errno.</exception>
    /// <exception cref="ArgumentException">An argument contains a NUL.</exception>
    public static unsafe ChildProcess Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<SafeHandle> descriptors)
    {
        using var strings = new NativeStrings();
        List<SafeFileHandle> sources = [];
        byte* fileActions = stackalloc byte[OpaqueBytes];
        byte* attributes = stackalloc byte[OpaqueBytes];
        byte* signals = stackalloc byte[OpaqueBytes];

        // SAFETY: the three buffers are larger than the C library's types and live until this method returns; the strings
        // and the arrays of pointers live as long as `strings`; the duplicated descriptors are open until after the spawn.
        Check(Libc.FileActionsInit(fileActions));
        try
        {
            Check(Libc.SpawnAttributesInit(attributes));
            try
            {
                // Duplicate above every target number: moving 4 to 3 must not overwrite a 3 that has yet to be moved.
                for (int target = 0; target < descriptors.Count; target++)
                {
                    SafeFileHandle source = DuplicateAbove(64, descriptors[target]);
                    sources.Add(source);
                    Check(Libc.FileActionsAddDup2(fileActions, (int)source.DangerousGetHandle(), target));
                }

                short flags = (short)(SetDefaultSignals | SetSignalMask | s_newSession);
                if (OperatingSystem.IsMacOS())
                    flags |= CloseOnExecByDefault;
                else
                    CloseFrom(fileActions, descriptors.Count);

                // .NET ignores SIGPIPE, and ignored signals are inherited.
                Check(Libc.SpawnAttributesSetFlags(attributes, flags));
                _ = Libc.SignalSetFill(signals);
                Check(Libc.SpawnAttributesSetDefaultSignals(attributes, signals));
                _ = Libc.SignalSetEmpty(signals);
                Check(Libc.SpawnAttributesSetSignalMask(attributes, signals));

                byte** argv = strings.AddArray([path, .. arguments]);
                byte** environment = strings.AddArray(CurrentEnvironment());
                Check(Libc.PosixSpawn(out int processId, strings.Add(path), fileActions, attributes, argv, environment));
                return new ChildProcess(processId);
            }
            finally
            {
                _ = Libc.SpawnAttributesDestroy(attributes);
            }
        }
        finally
        {
            _ = Libc.FileActionsDestroy(fileActions);
            foreach (SafeFileHandle source in sources)
                source.Dispose();
        }
    }

    /// <summary>Sends SIGKILL; does nothing once the process has been waited for.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            if (!_reaped)
                _ = Libc.Kill(Id, Signals.Kill);
        }
    }

    /// <summary>Blocks until the process has ended, and frees its id. Call it once.</summary>
    /// <returns>The exit status; <see langword="null"/> if this process was set up not to receive the ends of its children.</returns>
    public unsafe ExitStatus? WaitForExit()
    {
        // Wait first and free the id afterwards, under the lock, so that Kill never hits a process that got the id next.
        byte* information = stackalloc byte[128];
        const int ById = 1;
        int exitedAndStayWaitable = OperatingSystem.IsMacOS() ? 0x24 : 0x01000004; // WEXITED | WNOWAIT

        // SAFETY: siginfo_t has 128 bytes on Linux and 104 on macOS.
        while (Libc.WaitId(ById, Id, information, exitedAndStayWaitable) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
                break;
        }

        lock (_lock)
        {
            _reaped = true;
            return Libc.WaitPid(Id, out int status, 0) == Id ? new ExitStatus(status) : null;
        }
    }

    private static unsafe void CloseFrom(byte* fileActions, int first)
    {
        try
        {
            Check(Libc.FileActionsAddCloseFrom(fileActions, first));
        }
        catch (EntryPointNotFoundException)
        {
            // glibc before 2.34, and musl. Every descriptor that .NET opens is close-on-exec anyway. Only descriptors that this process
            // itself inherited without that flag stay open.
        }
    }

    private static SafeFileHandle DuplicateAbove(int least, SafeHandle descriptor)
    {
        int duplicateCloseOnExec = OperatingSystem.IsMacOS() ? 67 : 1030; // F_DUPFD_CLOEXEC
        int copy = Libc.Fcntl(descriptor, duplicateCloseOnExec, least);
        return copy >= 0 ? new SafeFileHandle(copy, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    private static List<string> CurrentEnvironment()
    {
        List<string> variables = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables.Add($"{variable.Key}={variable.Value}");
        return variables;
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new Win32Exception(error);
    }
}
