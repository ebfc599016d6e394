using Islet.Description;
using Islet.Disks;
using Islet.Images.Store;
using Islet.Machines;
using Islet.Networking.Outbound;
using Islet.Snapshots;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Engine;

/// <summary>The stores and machines behind a <see cref="ContainerRuntime"/>: all that containers are made with.</summary>
internal sealed class RuntimeEngine : IAsyncDisposable
{
    private readonly Lazy<SnapshotRestorer> _restorer;
    private readonly Lazy<BootTemplates> _templates;

    /// <summary>Creates an engine. Restorer and templates are made when they are first used.</summary>
    /// <param name="restorer">Makes the restorer of saved machines.</param>
    /// <param name="templates">Makes the boot templates.</param>
    public RuntimeEngine(Func<RuntimeEngine, SnapshotRestorer> restorer, Func<RuntimeEngine, BootTemplates> templates)
    {
        _restorer = new Lazy<SnapshotRestorer>(() => restorer(this));
        _templates = new Lazy<BootTemplates>(() => templates(this));
    }

    /// <summary>The image store.</summary>
    public required ImageStore Images { get; init; }

    /// <summary>The disks that were made from images.</summary>
    public required RootfsCache Disks { get; init; }

    /// <summary>The snapshots on disk.</summary>
    public required SnapshotStore Snapshots { get; init; }

    /// <summary>The virtual machine backend. Tests give another.</summary>
    public required IVirtualMachineBackend Backend { get; set; }

    /// <summary>Where kernel and initramfs are.</summary>
    public required GuestPaths Guest { get; init; }

    /// <summary>The memory of a container that asks for none.</summary>
    public required MemorySize DefaultMemory { get; init; }

    /// <summary>The virtual CPUs of a container that asks for none.</summary>
    public required int DefaultCpus { get; init; }

    /// <summary>Makes the loggers.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>
    /// Decides what leaves a container's machine; <see langword="null"/>: nothing does. Tests give another, to prove that the guest's own
    /// rules hold without it.
    /// </summary>
    public Func<ContainerOptions, FrameJudge?> JudgeOf { get; set; } = options => options.Network ? FrameFilter.Judge : null;

    /// <summary>Restores saved machines.</summary>
    public SnapshotRestorer Restorer => _restorer.Value;

    /// <summary>Starts machines from boot templates.</summary>
    public BootTemplates Templates => _templates.Value;

    /// <summary>Waits until what is made in the background is made: templates, spares, machines started ahead, seals.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(Templates.WhenIdleAsync(), Restorer.WhenIdleAsync(), Snapshots.WhenSealedAsync());

    /// <summary>Ends the spare machines and what is made in the background, and closes the connections to registries.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_templates.IsValueCreated)
            await _templates.Value.DisposeAsync().ConfigureAwait(false);
        await Restorer.DisposeAsync().ConfigureAwait(false);
        await Snapshots.DisposeAsync().ConfigureAwait(false);
        Images.Dispose();
    }
}
