using Islet.Containers;
using Islet.Filesystems;
using Islet.Images;
using Islet.Images.Store;
using Islet.Network.Outbound;
using Islet.Snapshots;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;
using Microsoft.Extensions.Logging;

namespace Islet;

/// <summary>
/// What containers are started with: the image store, the disks made from images, and the virtual machine backend.
/// Safe for several threads; several of them, also in several processes, may share one cache directory.
/// </summary>
public sealed partial class ContainerRuntime : IDisposable, IAsyncDisposable
{
    private static readonly Lazy<ContainerRuntime> s_default = new(() => new ContainerRuntime());

    private readonly Lazy<SnapshotRestorer> _restorer;
    private readonly Lazy<BootTemplates> _templates;

    /// <summary>Creates a runtime.</summary>
    /// <param name="options">Its settings. Default: <see cref="IsletOptions"/> as it is, with what the environment says.</param>
    /// <exception cref="IsletOptionsException">A setting, or a variable of the environment, makes no sense.</exception>
    public ContainerRuntime(IsletOptions? options = null)
    {
        Options = options is null ? new IsletOptions() : options with { };
        if (IsletOptionsValidation.FindFailures(Options) is { Count: > 0 } failures)
            throw new IsletOptionsException(failures);
        Images = new ImageStore(Options.CacheDirectory, Options.ToRegistryOptions(), Options.LoggerFactory);
        RootFilesystems = new RootfsCache(Options.CacheDirectory, Images.Layers, Options.LoggerFactory);
        Snapshots = new SnapshotStore(Options.CacheDirectory, Options.SnapshotCacheLimit, Options.LoggerFactory);
        Backend = new QemuBackend(Options.LoggerFactory);
        _restorer = new Lazy<SnapshotRestorer>(() => new SnapshotRestorer(Backend, Options.SpawnAhead, Options.LoggerFactory));
        _templates = new Lazy<BootTemplates>(() => new BootTemplates(
            Backend, Snapshots, Restorer, new SpareMachines<IPreparedMachine>(Options.Spares, int.MaxValue, HostMemory.IsScarce, Options.LoggerFactory),
            Bootstrap.Prepare, Bootstrap.Rehearse, Options.PrepareTemplates, Options.LoggerFactory));
    }

    /// <summary>The process-wide runtime that <see cref="Containers.ContainerBuilder{TBuilder, TContainer}.StartAsync(CancellationToken)"/> uses.</summary>
    public static ContainerRuntime Default => s_default.Value;

    /// <summary>The settings.</summary>
    public IsletOptions Options { get; }

    /// <summary>Whether machines can run here, and if not, why and what to do.</summary>
    public BackendSupport Support => Backend.Support is { IsSupported: true } && GuestArtifacts.FindFault(Options) is { } fault
        ? BackendSupport.Unsupported(fault)
        : Backend.Support;

    /// <summary>
    /// The path of the cache directory, which is created if it is missing. It is this user's alone: Islet keeps keys, disks and memory there.
    /// </summary>
    /// <exception cref="Diagnostics.StorageException">It belongs to somebody else, others can write in it, or it can't be created.</exception>
    public string OpenCacheDirectory()
    {
        CacheDirectory.RequireOwn(Options.CacheDirectory);
        return Options.CacheDirectory;
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>
    /// Ends the spare machines and what is made in the background, and closes the connections to registries. Containers that were started
    /// go on; each is its own owner's.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_templates.IsValueCreated)
            await _templates.Value.DisposeAsync().ConfigureAwait(false);
        await Restorer.DisposeAsync().ConfigureAwait(false);
        await Snapshots.DisposeAsync().ConfigureAwait(false);
        Images.Dispose();
    }

    /// <summary>Waits until what is made in the background is made: templates, spares, machines started ahead, seals.</summary>
    internal Task WhenIdleAsync() => Task.WhenAll(Templates.WhenIdleAsync(), Restorer.WhenIdleAsync(), Snapshots.WhenSealedAsync());

    internal ILoggerFactory LoggerFactory => Options.LoggerFactory;

    internal ImageStore Images { get; }

    internal RootfsCache RootFilesystems { get; }

    internal SnapshotStore Snapshots { get; }

    internal SnapshotRestorer Restorer => _restorer.Value;

    internal BootTemplates Templates => _templates.Value;

    internal IVirtualMachineBackend Backend { get; init; }

    /// <summary>
    /// Decides what leaves a container's machine; <see langword="null"/>: nothing does. Another than the default is for tests, which prove
    /// that the guest's own rules hold without it.
    /// </summary>
    internal Func<ContainerOptions, FrameJudge?> JudgeOf { get; init; } = options => options.Network ? FrameFilter.Judge : null;
}
