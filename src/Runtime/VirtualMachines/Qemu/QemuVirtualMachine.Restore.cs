using System.Text.Json.Nodes;

namespace Islet.VirtualMachines.Qemu;

internal sealed partial class QemuVirtualMachine
{
    private int _fileSets;

    /// <summary>Starts a machine in the saved state of another. A failure or a cancellation leaves nothing behind.</summary>
    public static async Task<QemuVirtualMachine> RestoreAsync(
        Launch launch, ReadOnlyMemory<byte> state, string statePath, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope spawn = timeline.Begin(StartupPhases.Spawn);
        QemuVirtualMachine machine = await SpawnWaitingAsync(launch, cancellationToken).ConfigureAwait(false);
        spawn.Complete();
        try
        {
            StartupTimeline.PhaseScope load = timeline.Begin(StartupPhases.Load);
            await machine.ContinueConsoleAsync(statePath, cancellationToken).ConfigureAwait(false);
            await machine.LoadStateAsync(state, cancellationToken).ConfigureAwait(false);

            if (!launch.StartsHalted)
                await machine.RunAsync(cancellationToken).ConfigureAwait(false);
            load.Complete();
            return machine;
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a machine that waits for its saved state. A failure or a cancellation leaves nothing behind.</summary>
    public static async Task<QemuVirtualMachine> SpawnWaitingAsync(Launch launch, CancellationToken cancellationToken)
    {
        QemuVirtualMachine machine = await SpawnAsync(launch, cancellationToken).ConfigureAwait(false);
        try
        {
            await machine.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Continues the console of the machine whose state is about to be loaded.</summary>
    public Task ContinueConsoleAsync(string statePath, CancellationToken cancellationToken) =>
        _console.ContinueAsync(statePath, cancellationToken);

    /// <summary>Lets a machine that has its state and its disk run.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // QEMU runs the machine by itself, unless it was halted when it was saved. The event for that comes before the one for the state's
        // end.
        if (!_running)
            await ResumeAsync(cancellationToken).ConfigureAwait(false);
        OpenChannel();
    }

    /// <summary>Exchanges the placeholder disk of a machine that was started ahead for its real one, and lets it run.</summary>
    public async Task RunWithDiskAsync(DiskImage? below, CancellationToken cancellationToken)
    {
        await RunWithDiskAsync(CommandLine.RootNode, _directory.RootDisk, below, cancellationToken).ConfigureAwait(false);
        File.Delete(_directory.PlaceholderDisk);
        File.Delete(_directory.StandInDisk);
    }

    /// <summary>
    /// Exchanges the placeholder disk for a temporary one, and lets the machine run.
    /// <see cref="RunWithDiskAsync(DiskImage?, CancellationToken)"/> later exchanges that one again.
    /// </summary>
    public Task RunWithStandInAsync(DiskImage below, CancellationToken cancellationToken) =>
        RunWithDiskAsync("stand-in", _directory.StandInDisk, below, cancellationToken);

    private async Task RunWithDiskAsync(string node, string overlay, DiskImage? below, CancellationToken cancellationToken)
    {
        Qcow2Overlay.Create(overlay, below);
        using PassedDisk disk = PassedDisk.Open(overlay, below);
        int firstSet = _fileSets;
        _fileSets += disk.Files.Count;

        // One after the other: a QEMU that reads several commands at once could take the descriptor of one for that of another.
        for (int i = 0; i < disk.Files.Count; i++)
            await CommandAsync(
                "add-fd", new JsonObject { ["fdset-id"] = firstSet + i }, disk.Files[i], cancellationToken).ConfigureAwait(false);

        // QEMU handles the commands in order, without waiting for each answer here. If it refuses one, the machine can't be used anyway.
        await Task.WhenAll([
            CommandAsync("blockdev-add", disk.ToNode(node, firstSet), cancellationToken),
            CommandAsync("qom-set", new JsonObject
            {
                ["path"] = "/machine/peripheral/" + CommandLine.RootDeviceId,
                ["property"] = "drive",
                ["value"] = node,
            }, cancellationToken),
            CommandAsync("cont", cancellationToken: cancellationToken),
        ]).ConfigureAwait(false);
        if (_channel is null)
            OpenChannel();
    }
}
