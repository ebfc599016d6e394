using Islet.Filesystems;
using Islet.Images;
using Islet.Images.Store;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;
using Microsoft.Extensions.Logging;

namespace Islet;

/// <summary>
/// What containers are started with: the image store, the disks made from images, and the virtual machine backend.
/// Safe for several threads; several of them, also in several processes, may share one cache directory.
/// </summary>
public sealed partial class ContainerRuntime : IDisposable
{
    private static readonly Lazy<ContainerRuntime> s_default = new(() => new ContainerRuntime());

    /// <summary>Creates a runtime.</summary>
    /// <param name="options">Its settings. Default: <see cref="IsletOptions"/> as it is, with what the environment says.</param>
    public ContainerRuntime(IsletOptions? options = null)
    {
        Options = options ?? new IsletOptions();
        Images = new ImageStore(Options.CacheDirectory, Options.ToRegistryOptions(), Options.LoggerFactory);
        RootFilesystems = new RootfsCache(Options.CacheDirectory, Images.Layers, Options.LoggerFactory);
        Backend = new QemuBackend(Options.LoggerFactory);
    }

    /// <summary>The process-wide runtime that <see cref="Containers.ContainerBuilder{TBuilder, TContainer}.StartAsync(CancellationToken)"/> uses.</summary>
    public static ContainerRuntime Default => s_default.Value;

    /// <summary>The settings.</summary>
    public IsletOptions Options { get; }

    /// <summary>Whether machines can run here, and if not, why and what to do.</summary>
    public BackendSupport Support => Backend.Support;

    /// <summary>Closes the connections to registries. Containers that were started go on; each is its own owner's.</summary>
    public void Dispose() => Images.Dispose();

    internal ILoggerFactory LoggerFactory => Options.LoggerFactory;

    internal ImageStore Images { get; }

    internal RootfsCache RootFilesystems { get; }

    internal IVirtualMachineBackend Backend { get; init; }
}
