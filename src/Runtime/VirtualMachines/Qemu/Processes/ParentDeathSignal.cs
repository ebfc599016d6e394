using System.ComponentModel;
using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>
/// Makes a child die with the thread that started it (Linux, <c>PR_SET_PDEATHSIG</c>). Only the child itself can ask for that, and none of
/// our code may run between fork and exec. So util-linux's <c>setpriv</c> asks, and then becomes the program.
/// </summary>
internal static class ParentDeathSignal
{
    private static readonly Lazy<string?> s_setpriv = new(FindSetpriv);

    /// <summary>Whether <c>setpriv</c> is available. The janitor works without it.</summary>
    public static bool IsAvailable => s_setpriv.Value is not null;

    /// <summary>Returns a program and arguments that do the same, and die with their parent.</summary>
    public static (string Program, IReadOnlyList<string> Arguments) Wrap(string program, IReadOnlyList<string> arguments) =>
        s_setpriv.Value is { } setpriv
            ? (setpriv, [.. Options, program, .. arguments])
            : (program, arguments);

    private static string[] Options => ["--no-new-privs", "--pdeathsig", "KILL", "--"];

    private static string? FindSetpriv()
    {
        if (!OperatingSystem.IsLinux() || ProgramSearch.Find("setpriv") is not { } setpriv || ProgramSearch.Find("true") is not { } nothing)
            return null;

        try
        {
            // BusyBox has a setpriv without this option.
            using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var probe = ChildProcess.Start(setpriv, [.. Options, nothing], [nowhere, nowhere, nowhere]);
            return probe.WaitForExit() is null or { Status: 0 } ? setpriv : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
