namespace Islet.Filesystems;

/// <summary>What a disk for containers has beside its image.</summary>
public sealed class ContainerFilesTests
{
    private const int Regular = 0x8000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Missing_files_are_there_and_empty(bool hasEtc)
    {
        using BuiltRootfs rootfs = Build(hasEtc ? new LayerArchive().Directory("etc").File("etc/passwd", "root") : new LayerArchive().File("bin"));

        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(Regular | 0b110_100_100, tree["etc/hostname"].Mode);
        Assert.Equal(Regular | 0b110_100_100, tree["etc/hosts"].Mode);
        Assert.Equal(Regular | 0b100_100_100, tree["etc/machine-id"].Mode);
        Assert.Equal(Regular | 0b110_100_100, tree["etc/resolv.conf"].Mode);
        Assert.Empty(rootfs.ReadContent("etc/hosts"));
    }

    [Fact]
    public void What_the_image_has_stays()
    {
        using BuiltRootfs rootfs = Build(
            new LayerArchive().File("etc/hosts", "old").SymbolicLink("etc/resolv.conf", "../run/resolv.conf").Directory("etc/hostname"),
            new LayerArchive().File("etc/hosts", "of the image", 0b110_000_000).File("etc/machine-id", "an id"));

        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal("of the image", rootfs.ReadText("etc/hosts"));
        Assert.Equal(Regular | 0b110_000_000, tree["etc/hosts"].Mode);
        Assert.Equal("../run/resolv.conf", tree["etc/resolv.conf"].Target);
        Assert.True(tree["etc/hostname"].IsDirectory);
        Assert.Equal("an id", rootfs.ReadText("etc/machine-id"));
    }

    [Fact]
    public void What_is_no_directory_gets_no_files()
    {
        using BuiltRootfs rootfs = Build(new LayerArchive().SymbolicLink("etc", "/usr/etc"));

        Assert.Equal(["etc"], rootfs.ReadTree().Keys.Skip(1));
    }

    private static BuiltRootfs Build(params LayerArchive[] layers)
    {
        BuiltRootfs rootfs = BuiltRootfs.From([.. layers.Select(layer => layer.ToLayer())], isForContainers: true);
        rootfs.AssertClean();
        return rootfs;
    }
}
