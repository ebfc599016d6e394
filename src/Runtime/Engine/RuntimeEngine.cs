using Islet.Description;
using Islet.Disks;
using Islet.Images.Store;
using Islet.Machines;
using Islet.Networking.Outbound;
using Islet.Snapshots;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Engine;

/// <summary>The stores and machines behind a <see cref="ContainerRuntime"/>, with which containers are made.</summary>
internal sealed class RuntimeEngine : IAsyncDisposable
{
    private readonly Lazy<SnapshotRestorer> _restorer;
    private readonly Lazy<MachineProvider> _machines;

    /// <summary>Creates an engine. The restorer and the provider are made when they are first used.</summary>
    /// <param name="restorer">A function that makes the restorer of saved machines.</param>
    /// <param name="machines">A function that makes the provider of machines.</param>
    public RuntimeEngine(Func<RuntimeEngine, SnapshotRestorer> restorer, Func<RuntimeEngine, MachineProvider> machines)
    {
        _restorer = new Lazy<SnapshotRestorer>(() => restorer(this));
        _machines = new Lazy<MachineProvider>(() => machines(this));
    }

    /// <summary>The image store.</summary>
    public required ImageStore Images { get; init; }

    /// <summary>The disks that were made from images.</summary>
    public required RootfsCache Disks { get; init; }

    /// <summary>The snapshots on disk.</summary>
    public required SnapshotStore Snapshots { get; init; }

    /// <summary>The virtual machine backend. Tests replace it.</summary>
    public required IVirtualMachineBackend Backend { get; set; }

    /// <summary>The memory of a container whose builder sets none.</summary>
    public required MemorySize DefaultMemory { get; init; }

    /// <summary>The number of virtual CPUs of a container whose builder sets none.</summary>
    public required int DefaultCpus { get; init; }

    /// <summary>The factory of the loggers.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>
    /// Returns the judge of the frames that leave a container's machine; <see langword="null"/>: no frame leaves it. Tests replace it, to
    /// prove that the guest's own rules hold without it.
    /// </summary>
    public Func<ContainerOptions, FrameJudge?> JudgeOf { get; set; } = options => options.Network ? FrameFilter.Judge : null;

    /// <summary>The restorer of saved machines.</summary>
    public SnapshotRestorer Restorer => _restorer.Value;

    /// <summary>The provider of machines for new containers.</summary>
    public MachineProvider Machines => _machines.Value;

    /// <summary>The chooser of machines for platforms.</summary>
    public required GuestChooser Guests { get; init; }

    /// <summary>Waits until the background work is done: templates, pooled machines, machines started ahead, seals.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(Machines.WhenIdleAsync(), Restorer.WhenIdleAsync(), Snapshots.WhenSealedAsync());

    /// <summary>Ends the pooled machines and the background work, and closes the connections to registries.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_machines.IsValueCreated)
            await _machines.Value.DisposeAsync().ConfigureAwait(false);
        await Restorer.DisposeAsync().ConfigureAwait(false);
        await Snapshots.DisposeAsync().ConfigureAwait(false);
        Images.Dispose();
    }
}
