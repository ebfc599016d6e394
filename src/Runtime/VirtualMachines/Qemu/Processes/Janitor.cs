using System.Net.Sockets;
using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>
/// A small shell process that outlives this process, however this one ends. It then kills the remaining machines and removes their files.
/// It waits at one end of a socket pair, whose other end only this process has.
/// </summary>
/// <remarks>
/// It runs in a session of its own, so neither Ctrl-C nor <c>kill -9</c> of the process group reaches it. If it is killed itself,
/// <see cref="ParentDeathSignal"/> still ends the machines, and <see cref="StaleRunDirectories"/> removes the files later.
/// </remarks>
internal sealed class Janitor
{
    // A machine is found by its overlay's path among QEMU's arguments. No other process has the directory's random name in its arguments.
    // So there is no moment at which a machine runs and is not yet recorded.
    private const string Script =
        """
        trap '' HUP INT TERM
        cd /
        while read -r _; do :; done
        overlay="\"filename\":\"$1/"
        if [ -d /proc/self ]; then
            for file in $(grep -lsaF -e "$overlay" /proc/[0-9]*/cmdline); do
                process=${file#/proc/}
                kill -9 "${process%/cmdline}"
            done
        else
            ps -axo pid=,command= | grep -F -e "$overlay" | while read -r process _; do kill -9 "$process"; done
        fi
        rm -rf "$1"
        """;

    private readonly ChildProcess _process;
    private readonly Socket _lifeline;

    private Janitor(ChildProcess process, Socket lifeline)
    {
        _process = process;
        _lifeline = lifeline;
    }

    /// <summary>The id of the janitor's own process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts the janitor of a run directory.</summary>
    public static Janitor Start(string directory)
    {
        using SocketPair pair = SocketPair.Create();
        using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var process = ChildProcess.Start("/bin/sh", ["-c", Script, "islet-janitor", directory], [pair.Theirs, nowhere, nowhere]);
        return new Janitor(process, pair.TakeOurs());
    }

    /// <summary>Returns the text that the command line of every machine in a run directory contains, and of no other process.</summary>
    internal static string OverlayArgument(string directory) => $"\"filename\":\"{directory}/";

    /// <summary>Lets the janitor do its work while this process still runs, and waits for it. Call it once.</summary>
    public void CleanUpNow()
    {
        _lifeline.Dispose();
        _process.WaitForExit();
    }
}
