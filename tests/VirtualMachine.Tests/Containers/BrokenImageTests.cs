using System.Runtime.InteropServices;
using Islet.Testing.Support;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>Images that can't be used, and the traces they leave in a separate cache.</summary>
public sealed class BrokenImageTests : IDisposable
{
    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("islet-cache-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Delete(recursive: true);

    [Fact]
    public async Task A_blob_that_is_not_what_its_digest_says_fails_and_the_intact_image_then_starts_with_the_same_cache()
    {
        TestRuntime.RequireMachines();
        OciImage intact = LayoutImage.Read(TestImages.Layout("debian"));
        using var broken = new OciLayoutFolder();
        broken.Add(intact, "latest");
        OciBlob layer = intact.Layers[^1];
        byte[] content = [.. layer.Content];
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(broken.PathOf(layer), content, Cancelled);

        var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = _cache.FullName });
        InvalidImageException exception = await Assert.ThrowsAsync<InvalidImageException>(
            () => TestRuntime.Idle.WithImage($"oci:{broken.Path}:latest").StartAsync(runtime, Cancelled));
        Assert.Contains(layer.Hex[..12], exception.Message, StringComparison.Ordinal);
        Assert.Empty(Disks());

        await using Container container = await TestRuntime.Idle.StartAsync(runtime, Cancelled);
        Assert.Equal(0, (await container.ExecAsync(["true"], cancellationToken: Cancelled)).ExitCode);
    }

    [Fact]
    public async Task A_layer_that_is_not_a_tar()
    {
        byte[] noTar = "This is a letter, not an archive."u8.ToArray();
        OciImage image = new OciImageBuilder().Layer(new OciBlob(OciImageBuilder.LayerType, noTar), noTar).Config("Cmd", "true").Build();
        using var layout = new OciLayoutFolder();
        layout.Add(image, "latest");

        ImageException exception = await Assert.ThrowsAnyAsync<ImageException>(() => StartAsync(layout));
        Assert.Equal($"oci:{layout.Path}:latest", exception.Evidence.Image);
        Assert.Empty(Disks());
    }

    [Fact]
    public async Task A_cache_without_space_says_so_and_is_left_without_halves()
    {
        using SmallDisk disk = SmallDisk.Mount(MemorySize.FromMebibytes(4));
        var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = disk.Path });
        ContainerStartException exception = await StartFailures.ExpectAsync(
            ContainerStartReason.Storage, () => TestRuntime.Idle.WithImage(TestImages.Debian).StartAsync(runtime, Cancelled));
        Assert.Contains("ISLET_CACHE", exception.Message, StringComparison.Ordinal);
        string[] left = Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(left, path => path.StartsWith(Path.Combine(disk.Path, "tmp"), StringComparison.Ordinal));
        Assert.DoesNotContain(left, path => path.EndsWith(".ext4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_platform_whose_qemu_is_missing_is_refused_before_anything_is_made()
    {
        Platform foreign = Platform.Host == Platform.LinuxArm64 ? Platform.LinuxAmd64 : Platform.LinuxArm64;
        using OciLayoutFolder layout = LayoutFor(Platform.LinuxAmd64, Platform.LinuxArm64);
        await using var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = _cache.FullName })
        {
            Engine = { Backend = new QemuBackend(null, FindInAnEmptyPath, () => throw new InvalidOperationException("started something")) },
        };
        HostUnsupportedException exception = await Assert.ThrowsAsync<HostUnsupportedException>(
            () => new ContainerBuilder($"oci:{layout.Path}:latest").WithPlatform(foreign).StartAsync(runtime, Cancelled));
        Assert.Contains($"can't run as {foreign} here.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("QEMU was not found", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Install it with", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.EnumerateFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_platform_without_machines_is_refused_before_anything_is_made()
    {
        using OciLayoutFolder layout = LayoutFor(Platform.LinuxAmd64, Platform.LinuxArm64);
        HostUnsupportedException exception = await Assert.ThrowsAsync<HostUnsupportedException>(
            () => StartAsync(layout, Platform.Parse("linux/mips")));
        Assert.Contains("There are machines for linux/amd64 and linux/arm64", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.EnumerateFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_image_without_this_hosts_platform_says_which_it_has()
    {
        Platform foreign = Platform.Host == Platform.LinuxArm64 ? Platform.LinuxAmd64 : Platform.LinuxArm64;
        using OciLayoutFolder layout = LayoutFor(foreign);
        ImageNotFoundException exception = await Assert.ThrowsAsync<ImageNotFoundException>(() => StartAsync(layout));
        Assert.Contains(foreign.ToString(), exception.Message, StringComparison.Ordinal);
        Assert.Contains("WithPlatform", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_names_no_program_says_how_to_name_one()
    {
        OciImage image = new OciImageBuilder().Layer(layer => layer.File("hello", "there")).Build();
        using var layout = new OciLayoutFolder();
        layout.Add(image, "latest");
        ContainerStartException exception = await StartFailures.ExpectAsync(ContainerStartReason.Process, () => StartAsync(layout));
        Assert.Contains("WithCommand", exception.Message, StringComparison.Ordinal);
    }

    private static QemuBackend.Detection FindInAnEmptyPath(Architecture architecture) => QemuBackend.Detection.Of(
        QemuInstallation.Find(architecture, null, searchPath: "", out string reason), reason, new Accelerator(false, ""));

    private static OciLayoutFolder LayoutFor(params Platform[] platforms)
    {
        var layout = new OciLayoutFolder();
        foreach (Platform platform in platforms)
        {
            layout.Add(
                new OciImageBuilder(platform.Architecture)
                    .Layer(files => files.File("made-for", platform.Architecture)).Config("Cmd", "/made-for").Build(),
                "latest", withPlatform: true);
        }

        return layout;
    }

    // A fresh cache, unlike the default, so that anything these images leave behind is noticed.
    private Task<Container> StartAsync(OciLayoutFolder layout, Platform? platform = null)
    {
        var builder = new ContainerBuilder($"oci:{layout.Path}:latest");
        if (platform is not null)
            builder = builder.WithPlatform(platform);
        return builder.StartAsync(new ContainerRuntime(new IsletOptions { CacheDirectory = _cache.FullName }), Cancelled);
    }

    private IEnumerable<FileInfo> Disks() => _cache.EnumerateFiles("*.ext4", SearchOption.AllDirectories);
}
