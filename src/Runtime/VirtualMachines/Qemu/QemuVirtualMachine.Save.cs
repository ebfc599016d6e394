using System.Net.Sockets;
using System.Text.Json.Nodes;
using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu;

internal sealed partial class QemuVirtualMachine
{
    // QEMU's own limit, 128 MiB/s, is meant for networks.
    private const long Unlimited = 1L << 40;

    /// <inheritdoc/>
    public async ValueTask<SavedMachine> SaveAsync(
        string statePath, string? memoryPath = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(statePath);
        statePath = Path.GetFullPath(statePath);
        memoryPath = memoryPath is null ? null : Path.GetFullPath(memoryPath);
        bool wasRunning = _running;
        try
        {
            return OwnMemoryPath is { } own
                ? await SaveWithOwnMemoryAsync(own, statePath, memoryPath, cancellationToken).ConfigureAwait(false)
                : await SaveWithMemoryAsync(statePath, memoryPath, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException && _process.Ended.IsCompleted)
        {
            throw await EndedAsync(exception).ConfigureAwait(false);
        }
        catch when (wasRunning)
        {
            await ContinueAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The file that the machine writes its memory to, if it has one.</summary>
    public string? OwnMemoryPath => _launch.Memory is { Shared: true, Path: { } path } ? path : null;

    private async Task<SavedMachine> SaveWithOwnMemoryAsync(
        string own, string statePath, string? memoryPath, CancellationToken cancellationToken)
    {
        if (memoryPath is not null)
            throw new VirtualMachineException(
                $"The memory of the machine '{_name}' is in {own}; it can't be written to {memoryPath} as well.");

        ReadOnlyMemory<byte> state = await TakeStateAsync(cancellationToken).ConfigureAwait(false);
        SavedState.Write(statePath, state.Span);
        _console.Save(statePath);
        return new SavedMachine(own, statePath, _launch.Shape);
    }

    // A second machine, the memory writer, never runs. It takes over the whole state, with the file as its memory, and is saved instead of
    // this one: QEMU writes memory only into a stream, and the machines that are restored later can't map that.
    private async Task<SavedMachine> SaveWithMemoryAsync(string statePath, string? memoryPath, CancellationToken cancellationToken)
    {
        if (memoryPath is null)
            throw new VirtualMachineException(
                $"The machine '{_name}' has no memory file of its own, so its memory must be written somewhere: name a file for it.");
        if (File.Exists(memoryPath))
            throw new VirtualMachineException($"{memoryPath} exists; the memory of the machine '{_name}' is only written to a new file.");

        try
        {
            MemoryFile.Ensure(memoryPath, _launch.Options.Memory);
            QemuVirtualMachine writer = await SpawnWaitingAsync(
                _launch with
                {
                    Options = _launch.Options with { Name = _name },
                    Memory = GuestMemory.InFile(memoryPath, shared: true),
                    WaitsForSavedState = true,
                    StartsHalted = true,
                    DiskAttachedLater = true,
                }, cancellationToken).ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                await MoveToAsync(writer, cancellationToken).ConfigureAwait(false);
                SavedMachine saved = await writer.SaveWithOwnMemoryAsync(
                    memoryPath, statePath, null, cancellationToken).ConfigureAwait(false);

                // The memory writer itself has never printed anything, so save this machine's console.
                _console.Save(statePath);
                return saved;
            }
        }
        catch
        {
            if (File.Exists(memoryPath))
                File.Delete(memoryPath);
            throw;
        }
    }

    private async Task MoveToAsync(QemuVirtualMachine writer, CancellationToken cancellationToken)
    {
        Task<string> sent = BeginMigration(), received = writer.BeginMigration();
        using SocketPair pair = SocketPair.Create();
        using Socket writers = pair.TakeOurs();
        await writer.SetMigrationCapabilitiesAsync(withoutMemory: false, cancellationToken).ConfigureAwait(false);
        await writer.PassAsync(writers.SafeHandle, cancellationToken).ConfigureAwait(false);
        await writer.CommandAsync("migrate-incoming", PassedTransfer(), cancellationToken).ConfigureAwait(false);
        writers.Dispose();

        // A halted machine changes no memory, so QEMU has no page to send twice.
        await CommandAsync("stop", cancellationToken: cancellationToken).ConfigureAwait(false);
        await SetMigrationCapabilitiesAsync(withoutMemory: false, cancellationToken).ConfigureAwait(false);
        await CommandAsync(
            "migrate-set-parameters", new JsonObject { ["max-bandwidth"] = Unlimited }, cancellationToken).ConfigureAwait(false);
        await PassAsync(pair.Theirs, cancellationToken).ConfigureAwait(false);
        await CommandAsync("migrate", PassedTransfer(), cancellationToken).ConfigureAwait(false);
        pair.Theirs.Dispose();

        // Check the writer's end first: when it ends, this machine's side of the transfer fails as well, and the writer's words say why.
        await writer.RequireCompletedAsync(received, cancellationToken).ConfigureAwait(false);
        await RequireCompletedAsync(sent, cancellationToken).ConfigureAwait(false);
    }

    // Called after saving failed. If the machine itself has failed, its owner sees that by Exited.
    private async Task ContinueAsync()
    {
        try
        {
            if (_monitor is null || Exited.IsCompleted)
                return;
            await CommandAsync("migrate_cancel").ConfigureAwait(false);
            if (Volatile.Read(ref _migrationEnded) is { } begun)
                await Task.WhenAny(begun.Task, Exited, Task.Delay(s_longestEnding)).ConfigureAwait(false);
            await CommandAsync("cont").ConfigureAwait(false);
        }
        catch (VirtualMachineException)
        {
            // The machine has ended in the meantime.
        }
    }
}
