using Islet.Disks;
using Islet.Engine;
using Islet.Images.Store;
using Islet.Machines;
using Islet.Snapshots;
using Islet.Starting;
using Islet.Storage;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet;

/// <summary>
/// The image store, the disks made from images, and the virtual machine backend that containers are started with.
/// All members may be used from several threads. Several runtimes, also in several processes, may share one cache directory.
/// </summary>
public sealed partial class ContainerRuntime : IDisposable, IAsyncDisposable
{
    private static readonly Lazy<ContainerRuntime> s_default = new(() => new ContainerRuntime());

    /// <summary>Creates a runtime.</summary>
    /// <param name="options">Its settings. The environment gives those that were not set. Default: none was set.</param>
    /// <exception cref="IsletOptionsException">A setting, or a variable of the environment, is not valid.</exception>
    public ContainerRuntime(IsletOptions? options = null)
    {
        Options = options?.Copy() ?? new IsletOptions();
        var text = new IsletOptionsText();
        Options.ReadEnvironment(Environment.GetEnvironmentVariable, text);
        if (text.Failures.Concat(IsletOptionsValidation.FindFailures(Options)).ToArray() is { Length: > 0 } failures)
            throw new IsletOptionsException(failures);
        Options.FixPaths();
        var images = new ImageStore(Options.CacheDirectory, Options.ToRegistryOptions(), Options.LoggerFactory);
        Engine = new RuntimeEngine(
            engine => new SnapshotRestorer(engine.Backend, Options.PrestartQemu, Options.LoggerFactory),
            engine => new MachineProvider(
                engine.Backend, engine.Snapshots, engine.Restorer,
                new MachinePool<IPooledMachine>(Options.PooledMachines, int.MaxValue, HostMemory.IsScarce, Options.LoggerFactory),
                Bootstrap.Prepare, Bootstrap.Rehearse, Options.PrepareTemplates, Options.LoggerFactory))
        {
            Images = images,
            Disks = new RootfsCache(Options.CacheDirectory, images.Layers.OpenTar, Options.LoggerFactory),
            Snapshots = new SnapshotStore(Options.CacheDirectory, Options.SnapshotCacheLimit, Options.LoggerFactory),
            Backend = new QemuBackend(Options.LoggerFactory, Options.QemuPath, Options.RunDirectory),
            Guests = new GuestChooser(new GuestPaths(Options.KernelPath, Options.InitramfsPath), Options.CacheDirectory),
            DefaultMemory = Options.DefaultMemory,
            DefaultCpus = Options.DefaultCpus,
            LoggerFactory = Options.LoggerFactory,
        };
    }

    /// <summary>
    /// The process-wide runtime that <see cref="ContainerBuilder{TBuilder, TContainer}.StartAsync(CancellationToken)"/> uses.
    /// </summary>
    public static ContainerRuntime Default => s_default.Value;

    /// <summary>The settings, with those that the environment gives.</summary>
    public IsletOptions Options { get; }

    /// <summary>Whether machines of the host's own architecture can run here, and if not, why and what to do.</summary>
    public BackendSupport Support => SupportFor(Platform.Host);

    /// <summary>
    /// Returns whether containers of a platform can run here, and if not, why and what to do. A platform of another architecture than the
    /// host's is emulated.
    /// </summary>
    /// <param name="platform">The platform.</param>
    /// <param name="emulation">The way to emulate it.</param>
    public BackendSupport SupportFor(Platform platform, Emulation emulation = Emulation.Automatic)
    {
        ArgumentNullException.ThrowIfNull(platform);
        return Engine.Guests.SupportFor(Engine.Backend, platform, emulation);
    }

    /// <summary>
    /// Creates the cache directory if it is missing, and returns its path. Only this user may have access: Islet keeps keys, disks and
    /// memory there.
    /// </summary>
    /// <exception cref="StorageException">It belongs to another user, other users can write in it, or it can't be created.</exception>
    public string OpenCacheDirectory()
    {
        CacheDirectory.RequireOwn(Options.CacheDirectory);
        return Options.CacheDirectory;
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>
    /// Ends the pooled machines and the background work, and closes the connections to registries. Containers that were started keep
    /// running: each belongs to the caller that started it.
    /// </summary>
    public ValueTask DisposeAsync() => Engine.DisposeAsync();

    internal RuntimeEngine Engine { get; }
}
