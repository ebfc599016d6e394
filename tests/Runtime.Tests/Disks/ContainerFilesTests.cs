namespace Islet.Tests.Disks;

/// <summary>The files that a disk for containers has in addition to its image.</summary>
public sealed class ContainerFilesTests
{
    private const int Regular = 0x8000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Missing_files_are_there_and_empty(bool hasEtc)
    {
        using BuiltRootfs rootfs = Build(
            hasEtc ? new LayerArchive().Directory("etc").File("etc/passwd", "root") : new LayerArchive().File("bin"));

        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(Regular | 0b110_100_100, tree["etc/hostname"].Mode);
        Assert.Equal(Regular | 0b110_100_100, tree["etc/hosts"].Mode);
        Assert.Equal(Regular | 0b100_100_100, tree["etc/machine-id"].Mode);
        Assert.Equal(Regular | 0b110_100_100, tree["etc/resolv.conf"].Mode);
        Assert.Empty(rootfs.ReadContent("etc/hosts"));
        Assert.Equal("/proc/mounts", tree["etc/mtab"].Target);
        Assert.Equal(Regular | 0b111_101_101, tree[".dockerenv"].Mode);
        Assert.Empty(rootfs.ReadContent(".dockerenv"));
    }

    [Fact]
    public void What_the_image_has_stays()
    {
        using BuiltRootfs rootfs = Build(
            new LayerArchive().File("etc/hosts", "old").SymbolicLink("etc/resolv.conf", "../run/resolv.conf").Directory("etc/hostname"),
            new LayerArchive().File("etc/hosts", "of the image", 0b110_000_000)
                .File("etc/machine-id", "an id").File("etc/mtab", "own").File(".dockerenv", "own"));

        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal("of the image", rootfs.ReadText("etc/hosts"));
        Assert.Equal(Regular | 0b110_000_000, tree["etc/hosts"].Mode);
        Assert.Equal("../run/resolv.conf", tree["etc/resolv.conf"].Target);
        Assert.True(tree["etc/hostname"].IsDirectory);
        Assert.Equal("an id", rootfs.ReadText("etc/machine-id"));
        Assert.Equal("own", rootfs.ReadText("etc/mtab"));
        Assert.Equal("own", rootfs.ReadText(".dockerenv"));
    }

    [Fact]
    public void What_is_no_directory_gets_no_files()
    {
        using BuiltRootfs rootfs = Build(new LayerArchive().SymbolicLink("etc", "/usr/etc"));

        Assert.Equal([".dockerenv", "etc"], rootfs.ReadTree().Keys.Skip(1));
    }

    [Fact]
    public void Volumes_are_directories_and_keep_what_the_image_has_in_them()
    {
        using BuiltRootfs rootfs = Build(
            ["/data", "/var/lib/app", "/kept", "/file/below", "/run/state"],
            new LayerArchive().Directory("kept", mode: 0b111_000_000, uid: 70)
                .File("kept/seed", "seed").File("file", "x").Directory("real").SymbolicLink("run", "real"));

        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal((0x4000 | 0b111_101_101, 0u), (tree["data"].Mode, tree["data"].Uid));
        Assert.True(tree["var/lib/app"].IsDirectory);
        Assert.True(tree["real/state"].IsDirectory);
        Assert.Equal((0x4000 | 0b111_000_000, 70u), (tree["kept"].Mode, tree["kept"].Uid));
        Assert.Equal("seed", rootfs.ReadText("kept/seed"));
        Assert.True(tree["file"].IsRegular);
    }

    private static BuiltRootfs Build(params LayerArchive[] layers) => Build([], layers);

    private static BuiltRootfs Build(IReadOnlyList<string> volumes, params LayerArchive[] layers)
    {
        BuiltRootfs rootfs = BuiltRootfs.From([.. layers.Select(layer => layer.ToLayer())], volumes);
        rootfs.AssertClean();
        return rootfs;
    }
}
