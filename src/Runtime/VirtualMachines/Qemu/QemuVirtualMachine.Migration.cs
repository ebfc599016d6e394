using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Islet.VirtualMachines.Qemu;

// What QEMU calls migration: its state goes out to a socket, or comes in from one.
internal sealed partial class QemuVirtualMachine
{
    /// <summary>Takes the state of processors and devices, and not the memory, which is in a file. The machine stands still afterwards.</summary>
    private async Task<ReadOnlyMemory<byte>> TakeStateAsync(CancellationToken cancellationToken)
    {
        using Socket listener = Listen(_directory.StateSocket);
        Task<string> ended = BeginMigration();
        await Task.WhenAll(
            SetMigrationCapabilitiesAsync(withoutMemory: true, cancellationToken),
            CommandAsync("migrate", new JsonObject { ["uri"] = "unix:" + _directory.StateSocket }, cancellationToken)).ConfigureAwait(false);

        var state = new MemoryStream();
        using (Socket source = await AcceptAsync(listener, ended, cancellationToken).ConfigureAwait(false))
        using (var stream = new NetworkStream(source))
        {
            // It ends when QEMU has written all, and also when QEMU ends.
            await stream.CopyToAsync(state, cancellationToken).ConfigureAwait(false);
        }

        await RequireCompletedAsync(ended, cancellationToken).ConfigureAwait(false);
        return state.GetBuffer().AsMemory(0, (int)state.Length);
    }

    private async Task<Socket> AcceptAsync(Socket listener, Task<string> ended, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Socket> accepted = listener.AcceptAsync(giveUp.Token).AsTask();
        if (await Task.WhenAny(accepted, ended, Exited).ConfigureAwait(false) != accepted && !accepted.IsCompleted)
        {
            // Its words go before those of the connection that never came.
            await giveUp.CancelAsync().ConfigureAwait(false);
            await RequireCompletedAsync(ended, cancellationToken).ConfigureAwait(false);
        }

        return await accepted.ConfigureAwait(false);
    }

    /// <summary>Gives a machine that waits for it the state of another. Its memory is there already.</summary>
    public async Task LoadStateAsync(ReadOnlyMemory<byte> state, CancellationToken cancellationToken)
    {
        Task<string> ended = BeginMigration();
        _ = SendAsync(_process.State, state);
        await Task.WhenAll(
            SetMigrationCapabilitiesAsync(withoutMemory: true, cancellationToken),
            CommandAsync("migrate-incoming", new JsonObject { ["uri"] = $"fd:{CommandLine.StateDescriptor}" }, cancellationToken)).ConfigureAwait(false);
        await RequireCompletedAsync(ended, cancellationToken).ConfigureAwait(false);
    }

    private Task<string> BeginMigration()
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _migrationEnded, ended);
        return ended.Task;
    }

    private async Task RequireCompletedAsync(Task<string> ended, CancellationToken cancellationToken)
    {
        await Task.WhenAny(ended, Exited).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!ended.IsCompleted)
            throw await EndedAsync().ConfigureAwait(false);
        if (await ended.ConfigureAwait(false) is "completed")
            return;

        // A machine that could not take its state ends, and says on its standard error why.
        if (_launch.WaitsForSavedState && !_running)
            await Task.WhenAny(Exited, Task.Delay(LongestEnding, cancellationToken)).ConfigureAwait(false);
        if (_faulted.Task.IsCompleted)
            throw await _faulted.Task.ConfigureAwait(false);
        string reason = Exited.IsCompleted ? (await Exited.ConfigureAwait(false)).Description : "It did not say why.";
        throw new VirtualMachineException($"QEMU could not transfer the state of the machine '{_name}'. {reason}");
    }

    // In QEMU 7.2 a capability can't be given on the command line; both sides must have the same ones.
    private Task SetMigrationCapabilitiesAsync(bool withoutMemory, CancellationToken cancellationToken) =>
        CommandAsync("migrate-set-capabilities", new JsonObject
        {
            ["capabilities"] = new JsonArray(
                new JsonObject { ["capability"] = "x-ignore-shared", ["state"] = withoutMemory },
                new JsonObject { ["capability"] = "events", ["state"] = true }),
        }, cancellationToken);

    private static async Task SendAsync(Socket target, ReadOnlyMemory<byte> state)
    {
        using (target)
        {
            try
            {
                while (!state.IsEmpty)
                    state = state[await target.SendAsync(state).ConfigureAwait(false)..];
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // QEMU has ended, or was ended by its owner; whoever waits for it learns that elsewhere.
            }
        }
    }
}
