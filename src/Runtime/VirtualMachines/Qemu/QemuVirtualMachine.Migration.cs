using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu;

// The transfer of state that QEMU calls migration: out to a socket, or in from one.
internal sealed partial class QemuVirtualMachine
{
    private const string PassedName = "transfer";

    /// <summary>Takes the state of processors and devices. The memory stays in its file. The machine is halted afterwards.</summary>
    private async Task<ReadOnlyMemory<byte>> TakeStateAsync(CancellationToken cancellationToken)
    {
        using SocketPair pair = SocketPair.Create();
        using var source = new NetworkStream(pair.TakeOurs(), ownsSocket: true);
        Task<string> ended = BeginMigration();
        await Task.WhenAll(
            SetMigrationCapabilitiesAsync(withoutMemory: true, cancellationToken),
            PassAsync(pair.Theirs, cancellationToken),
            CommandAsync("migrate", PassedTransfer(), cancellationToken)).ConfigureAwait(false);
        pair.Theirs.Dispose();

        // The stream ends when QEMU has written everything, and also when QEMU ends.
        var state = new MemoryStream();
        await source.CopyToAsync(state, cancellationToken).ConfigureAwait(false);
        await RequireCompletedAsync(ended, cancellationToken).ConfigureAwait(false);
        return state.GetBuffer().AsMemory(0, (int)state.Length);
    }

    // QEMU can open no path of ours once it has given up root, so it gets descriptors.
    private Task PassAsync(SafeHandle descriptor, CancellationToken cancellationToken) =>
        CommandAsync("getfd", new JsonObject { ["fdname"] = PassedName }, descriptor, cancellationToken);

    private static JsonObject PassedTransfer() => new() { ["uri"] = "fd:" + PassedName };

    /// <summary>Loads the state of another machine into one that waits for it. Its memory is already there.</summary>
    public async Task LoadStateAsync(ReadOnlyMemory<byte> state, CancellationToken cancellationToken)
    {
        Task<string> ended = BeginMigration();
        _ = SendAsync(_process.State, state);
        await Task.WhenAll(
            SetMigrationCapabilitiesAsync(withoutMemory: true, cancellationToken),
            CommandAsync(
                "migrate-incoming", new JsonObject { ["uri"] = $"fd:{CommandLine.StateDescriptor}" },
                cancellationToken)).ConfigureAwait(false);
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

        // A machine that could not load its state ends, and its standard error says why.
        if (_launch.WaitsForSavedState && !_running)
            await Task.WhenAny(Exited, Task.Delay(s_longestEnding, cancellationToken)).ConfigureAwait(false);
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
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // QEMU has ended, or its owner has ended it. The code that waits for QEMU learns it elsewhere.
            }
        }
    }
}
