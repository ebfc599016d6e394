using System.Text.Json.Nodes;

namespace Islet.VirtualMachines.Qemu;

internal sealed partial class QemuVirtualMachine
{
    /// <summary>Starts a machine in the saved state of another. What fails, or is cancelled, leaves nothing behind.</summary>
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

            if (!launch.IsSpare)
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

    /// <summary>Starts a machine that waits for its saved state. What fails, or is cancelled, leaves nothing behind.</summary>
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

    /// <summary>Goes on with the console of the machine whose state is going to be loaded.</summary>
    public Task ContinueConsoleAsync(string statePath, CancellationToken cancellationToken) => _console.ContinueAsync(statePath, cancellationToken);

    /// <summary>Lets a machine run that has its state and its disk.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // QEMU does by itself, unless it stood still when it was frozen; the event of that came before the one of the state's end.
        if (!_running)
            await ResumeAsync(cancellationToken).ConfigureAwait(false);
        OpenChannel();
    }

    /// <summary>Exchanges a spare's placeholder for its disk, and lets it run.</summary>
    public async Task RunWithDiskAsync(string? rootDiskPath, DiskFormat format, CancellationToken cancellationToken)
    {
        await RunWithDiskAsync(CommandLine.RootNode, _directory.RootDisk, rootDiskPath, format, cancellationToken).ConfigureAwait(false);
        File.Delete(_directory.PlaceholderDisk);
        File.Delete(_directory.StandInDisk);
    }

    /// <summary>Exchanges a spare's placeholder for a disk that is exchanged again by <see cref="RunWithDiskAsync(string?, DiskFormat, CancellationToken)"/>, and lets it run.</summary>
    public Task RunWithStandInAsync(string rootDiskPath, DiskFormat format, CancellationToken cancellationToken) =>
        RunWithDiskAsync("stand-in", _directory.StandInDisk, rootDiskPath, format, cancellationToken);

    private async Task RunWithDiskAsync(string node, string overlay, string? rootDiskPath, DiskFormat format, CancellationToken cancellationToken)
    {
        string? backing = rootDiskPath is null ? null : Path.GetFullPath(rootDiskPath);
        Qcow2Overlay.Create(overlay, backing, format);

        // One after the other in QEMU, without waiting for each answer here. Should one be refused, the machine is of no use anyway.
        await Task.WhenAll(
            CommandAsync("blockdev-add", CommandLine.DiskNode(node, overlay, backing, format), cancellationToken),
            CommandAsync("qom-set", new JsonObject
            {
                ["path"] = "/machine/peripheral/" + CommandLine.RootDeviceId,
                ["property"] = "drive",
                ["value"] = node,
            }, cancellationToken),
            CommandAsync("cont", cancellationToken: cancellationToken)).ConfigureAwait(false);
        if (_channel is null)
            OpenChannel();
    }
}
