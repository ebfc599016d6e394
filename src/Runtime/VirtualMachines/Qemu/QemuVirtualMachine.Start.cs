using System.Net.Sockets;
using System.Text.Json;
using Islet.Agent;
using Islet.VirtualMachines.Qemu.Monitor;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachines.Qemu;

internal sealed partial class QemuVirtualMachine
{
    private static readonly TimeSpan s_longestEnding = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Starts a machine and waits until its agent has opened its port. A failure or a cancellation leaves nothing behind.
    /// </summary>
    public static async Task<QemuVirtualMachine> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        QemuVirtualMachine machine = await SpawnAsync(launch, cancellationToken).ConfigureAwait(false);
        try
        {
            machine._process.State.Dispose();
            machine.OpenChannel();
            await machine.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await machine.LookForAgentAsync(cancellationToken).ConfigureAwait(false);
            await machine.AwaitAgentAsync(cancellationToken).ConfigureAwait(false);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<QemuVirtualMachine> SpawnAsync(Launch launch, CancellationToken cancellationToken)
    {
        MachineDirectory directory = launch.Run.CreateMachine();
        Socket? agent = null;
        try
        {
            // The overlay records this path, and a relative path would be resolved from the overlay's folder.
            if (launch.DiskAttachedLater)
                Qcow2Overlay.Create(directory.PlaceholderDisk, null);
            else
                Qcow2Overlay.Create(directory.RootDisk, launch.Options.RootDisk);

            // QEMU gets the socket already listening, so the connection exists before QEMU does, and no retries are needed. Disposing our
            // copy removes its path, so that no other process can connect.
            using Socket listener = Listen(directory.AgentSocket);
            agent = Connect(directory.AgentSocket);
            cancellationToken.ThrowIfCancellationRequested();
            QemuProcess process = await QemuProcess.StartAsync(
                launch.Installation.Path, launch.CommandLineIn(directory).ToArguments(), listener.SafeHandle).ConfigureAwait(false);
            return new QemuVirtualMachine(launch, directory, process, agent);
        }
        catch (Exception exception)
        {
            agent?.Dispose();
            directory.Dispose();
            if (exception is SocketException)
                throw new StorageException(
                    $"The machine's socket {directory.AgentSocket} can't be made: {exception.Message}. "
                    + "Set RunDirectory (ISLET_RUN_DIRECTORY) to another directory.", exception);
            throw;
        }
    }

    private static Socket Listen(string path)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen(1);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // In a machine that is being restored, QEMU would read early bytes from the socket and drop them.
    private void OpenChannel() => _channel = new GuestChannel(new NetworkStream(_agent, ownsSocket: true));

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            var stream = new NetworkStream(_process.Monitor, ownsSocket: true);
            _monitor = await QmpClient.ConnectAsync(stream, OnEvent, cancellationToken).ConfigureAwait(false);
        }
        catch (QmpProtocolException exception)
        {
            // QEMU is ending, and its standard error says why; or the program is not QEMU.
            await Task.WhenAny(Exited, Task.Delay(s_longestEnding, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            _process.Kill();
            throw await StartFailureAsync(exception).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Checks whether the agent is already up. QEMU reports no event before the monitor is connected; on a busy host the guest may be up by
    /// then, and its event would never come.
    /// </summary>
    private async Task LookForAgentAsync(CancellationToken cancellationToken)
    {
        try
        {
            JsonElement devices = await Monitor.ExecuteAsync("query-chardev", cancellationToken: cancellationToken).ConfigureAwait(false);
            if (devices.EnumerateArray().Any(device =>
                device.GetProperty("label").ValueEquals(CommandLine.AgentPortId) && device.GetProperty("frontend-open").GetBoolean()))
                _agentIsUp.TrySetResult();
        }
        catch (QmpProtocolException)
        {
            // QEMU is ending, which the caller sees at once.
        }
    }

    private async Task AwaitAgentAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(_agentIsUp.Task, Exited, _faulted.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_agentIsUp.Task.IsCompleted)
            return;
        throw _faulted.Task.IsCompleted
            ? await _faulted.Task.ConfigureAwait(false)
            : await StartFailureAsync(null).ConfigureAwait(false);
    }

    private async Task<IsletException> StartFailureAsync(Exception? cause)
    {
        VirtualMachineExit exit = await Exited.ConfigureAwait(false);
        if (_faulted.Task.IsCompleted)
            return await _faulted.Task.ConfigureAwait(false);
        string message = $"The machine '{_name}' could not be started. {exit.Description}";
        IsletException failure = _process.LastErrors(ErrorLines)
            .Any(line => line.Contains("No space left on device", StringComparison.Ordinal))
            ? new StorageException(
                message + " Free some space, or set RunDirectory (ISLET_RUN_DIRECTORY) to a directory on a larger disk.", cause)
            : new VirtualMachineException(message, cause);
        failure.Evidence = new FailureEvidence { ConsoleTail = _console.LastLines(EvidenceLines) };
        return failure;
    }
}
