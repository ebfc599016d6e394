namespace Islet.VirtualMachines.Qemu;

internal sealed partial class QemuBackend
{
    /// <inheritdoc/>
    public string GetShape(VirtualMachineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Detection found = DetectionOf(options.Architecture);
        return MachineShape.Of(found.Installation ?? throw new HostUnsupportedException(found.Support.Reason), found.Accelerator, options);
    }

    /// <inheritdoc/>
    public async ValueTask<IVirtualMachine> RestoreAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, StartupTimeline timeline,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        return await RestoreAsync(options, saved, mode, diskComesLater: false, timeline, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IPooledMachine> PrepareAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, CancellationToken cancellationToken = default) =>
        new QemuPooledMachine(
            await RestoreAsync(options, saved, mode, diskComesLater: true, new StartupTimeline(), cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<IWaitingMachine> SpawnAsync(
        VirtualMachineOptions options, string memoryPath, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(memoryPath);
        cancellationToken.ThrowIfCancellationRequested();

        Launch launch = Prepare(options);
        MemoryFile.Require(memoryPath, options.Memory);
        bool diskComesLater = options.RootDisk is null;
        launch = launch with
        {
            Memory = GuestMemory.InFile(Path.GetFullPath(memoryPath), shared: false),
            WaitsForSavedState = true,
            StartsHalted = diskComesLater,
            DiskAttachedLater = diskComesLater,
        };
        return new QemuWaitingMachine(await QemuVirtualMachine.SpawnWaitingAsync(launch, cancellationToken).ConfigureAwait(false), launch);
    }

    private async Task<QemuVirtualMachine> RestoreAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, bool diskComesLater, StartupTimeline timeline,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(saved);
        cancellationToken.ThrowIfCancellationRequested();

        Launch launch = Prepare(options);
        if (launch.Shape != saved.Shape)
            throw SavedMachineException.OfAnotherShape(saved);

        bool isOwn = mode == RestoreMode.OwnFile;
        string memory = !isOwn ? saved.MemoryPath
            : options.MemoryFilePath ?? throw new VirtualMachineException(
                "A machine that is restored with a memory file of its own needs MemoryFilePath, a copy of the saved one.");
        MemoryFile.Require(memory, options.Memory);
        ReadOnlyMemory<byte> state = await SavedState.ReadAsync(saved.StatePath, cancellationToken).ConfigureAwait(false);

        launch = launch with
        {
            Memory = GuestMemory.InFile(memory, isOwn),
            WaitsForSavedState = true,
            StartsHalted = diskComesLater,
            DiskAttachedLater = diskComesLater,
        };
        try
        {
            return await QemuVirtualMachine.RestoreAsync(launch, state, saved.StatePath, timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (VirtualMachineException exception)
        {
            throw SavedMachineException.NotRestored(saved, exception);
        }
    }
}
