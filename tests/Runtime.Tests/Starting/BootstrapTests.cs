using Islet.Description;
using Islet.Protocol.Agent;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet.Tests.Starting;

public sealed class BootstrapTests
{
    [Fact]
    public void Volumes_of_the_image_stay_writable_in_a_read_only_root_unless_a_tmpfs_covers_them()
    {
        BootstrapRequest request = Create(new ContainerOptions
        {
            Image = ImageReference.Parse("redis"),
            Command = ["redis-server"],
            ReadOnlyRoot = true,
            Tmpfs = [new TmpfsMount("/covered")],
        });

        Assert.True(request.Root.ReadOnly);
        Assert.Equal(
            ["bind /data /data", "bind /data/inner /data/inner", "tmpfs tmpfs /covered"],
            request.Mounts.Select(mount => $"{mount.Type} {mount.Source} {mount.Target}"));
    }

    [Fact]
    public void Volumes_of_the_image_need_no_mount_where_the_root_can_be_written() =>
        Assert.Empty(Create(new ContainerOptions { Image = ImageReference.Parse("redis"), Command = ["redis-server"] }).Mounts);

    private static BootstrapRequest Create(ContainerOptions options)
    {
        var image = new ImageConfig { Platform = Platform.Host, Volumes = ["/data/inner", "/data", "/covered"] };
        var blueprint = new ContainerBlueprint
        {
            Options = options,
            ImageConfig = image,
            ImageDigest = Digest.Sha256([]),
            Process = ProcessSettings.From(options, image),
            Memory = MemorySize.FromMebibytes(64),
            Machine = new VirtualMachineOptions
            {
                Name = "test", KernelPath = "", InitramfsPath = "", Memory = MemorySize.FromMebibytes(128), Cpus = 1,
                RootDisk = new DiskImage(""),
            },
        };
        return Bootstrap.Create(blueprint, ContainerIdentity.Create(null), start: true);
    }
}
