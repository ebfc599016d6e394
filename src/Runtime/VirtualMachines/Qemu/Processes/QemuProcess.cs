using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>
/// A running QEMU, and the sockets that it was started with. The end of its standard error shows its end, without polling.
/// </summary>
internal sealed class QemuProcess
{
    private const int KeptErrors = 16 * 1024;

    // QEMU warns about every machine whose user-mode network is not the card's own. The warning is not the reason of an end.
    private const string UncommonNetwork = "warning: hub 1 with no nics";

    private readonly ChildProcess _process;
    private readonly Socket _lifeline; // closed by the kernel when this process ends, however it ends; else when QEMU has ended
    private readonly BoundedTail _errors = new(KeptErrors);

    private QemuProcess(
        ChildProcess process, Socket lifeline, Socket errors, Socket monitor, Socket console, Socket state, MachineNetwork network)
    {
        _process = process;
        _lifeline = lifeline;
        Network = network;
        Monitor = monitor;
        Console = console;
        State = state;
        Ended = FollowAsync(errors);
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>QEMU's monitor; its user owns it.</summary>
    public Socket Monitor { get; }

    /// <summary>The guest's console output; its user owns it.</summary>
    public Socket Console { get; }

    /// <summary>The socket that a saved state is written to; its user owns it.</summary>
    public Socket State { get; }

    /// <summary>The machine's network card and its connection to the outside; owned by the machine.</summary>
    public MachineNetwork Network { get; }

    /// <summary>Completes when the process has ended, with its exit status if that is known. Never faults.</summary>
    public Task<ExitStatus?> Ended { get; }

    /// <summary>Starts QEMU on a thread that lives as long as this process.</summary>
    /// <param name="program">QEMU's absolute path.</param>
    /// <param name="arguments">QEMU's arguments, which name the descriptors of <see cref="CommandLine"/>.</param>
    /// <param name="agentListener">The socket that becomes <see cref="CommandLine.AgentDescriptor"/>; the caller keeps ownership.</param>
    /// <exception cref="VirtualMachineException">QEMU could not be started.</exception>
    public static async Task<QemuProcess> StartAsync(string program, IReadOnlyList<string> arguments, SafeHandle agentListener)
    {
        try
        {
            return await SpawningThread.RunAsync(() => Start(program, arguments, agentListener)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            throw new VirtualMachineException($"{program} could not be started: {exception.Message}.", exception);
        }
        catch (ArgumentException exception)
        {
            throw new VirtualMachineException($"The machine's options can't be handed to QEMU: {exception.Message}", exception);
        }
    }

    /// <summary>Ends the process at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Returns the last lines of QEMU's standard error, oldest first.</summary>
    public IReadOnlyList<string> LastErrors(int lines) =>
        [.. ConsoleText.LastLines(_errors.ToArray(), lines + 1)
            .Where(line => !line.EndsWith(UncommonNetwork, StringComparison.Ordinal)).TakeLast(lines)];

    private static QemuProcess Start(string program, IReadOnlyList<string> arguments, SafeHandle agentListener)
    {
        using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using SocketPair errors = SocketPair.Create();
        using SocketPair monitor = SocketPair.Create();
        using SocketPair console = SocketPair.Create();
        using SocketPair state = SocketPair.Create();
        using SocketPair card = SocketPair.CreateOfMessages();
        using SocketPair outside = SocketPair.CreateOfMessages();

        using SocketPair lifeline = SocketPair.Create();

        SafeHandle[] descriptors = new SafeHandle[10];
        descriptors[0] = nowhere;
        descriptors[1] = descriptors[2] = errors.Theirs;
        descriptors[CommandLine.MonitorDescriptor] = monitor.Theirs;
        descriptors[CommandLine.AgentDescriptor] = agentListener;
        descriptors[CommandLine.ConsoleDescriptor] = console.Theirs;
        descriptors[CommandLine.StateDescriptor] = state.Theirs;
        descriptors[CommandLine.CardDescriptor] = card.Theirs;
        descriptors[CommandLine.OutsideDescriptor] = outside.Theirs;
        descriptors[CommandLine.LifelineDescriptor] = lifeline.Theirs;

        (string first, IReadOnlyList<string> rest) = ParentDeathSignal.Wrap(program, arguments);
        var process = ChildProcess.Start(first, rest, descriptors);
        if (OperatingSystem.IsLinux())
            _ = Descriptors.TryKillAtEndOf(lifeline.Theirs, process.Id); // else the janitor ends it
        return new QemuProcess(
            process, lifeline.TakeOurs(), errors.TakeOurs(), monitor.TakeOurs(), console.TakeOurs(), state.TakeOurs(),
            new MachineNetwork(card.TakeOurs(), outside.TakeOurs()));
    }

    private async Task<ExitStatus?> FollowAsync(Socket errors)
    {
        using Socket source = errors;
        byte[] buffer = new byte[1024];
        try
        {
            while (await source.ReceiveAsync(buffer).ConfigureAwait(false) is > 0 and int count)
                _errors.Append(buffer.AsSpan(0, count));
        }
        catch (SocketException)
        {
            // This is equivalent to the end.
        }

        // The process ends soon after its output does; freeing a large guest's memory takes some milliseconds more.
        ExitStatus? status = await Task.Run(_process.WaitForExit).ConfigureAwait(false);
        _lifeline.Dispose();
        return status;
    }
}
