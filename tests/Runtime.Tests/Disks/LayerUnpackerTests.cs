namespace Islet.Tests.Disks;

/// <summary>The combined result of layers, read back from the finished filesystem.</summary>
public sealed class LayerUnpackerTests
{
    [Fact]
    public void An_image_of_all_kinds_of_files_is_read_back_as_written()
    {
        byte[] content = new byte[10_000];
        new Random(1).NextBytes(content);
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Directory("./", mode: 0b001_111_101_101, uid: 7, gid: 8, mtime: 99)
            .Directory("./dir/", mode: 0b101_111_111_111, uid: 1000, gid: 70_000, mtime: 1_700_000_000)
            .File("./dir/file", content, mode: 0b100_111_101_101, uid: 3_000_000_000, gid: 4_294_967_294, mtime: -5)
            .SymbolicLink("dir/short", "../elsewhere")
            .SymbolicLink("dir/long", new string('t', 300))
            .HardLink("dir/hard", "./dir/file")
            .Entry('3', "dir/char", major: 1, minor: 3)
            .Entry('4', "dir/block", major: 259, minor: 70_000)
            .Entry('6', "dir/pipe")
            .End());

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(["", "dir", "dir/block", "dir/char", "dir/file", "dir/hard", "dir/long", "dir/pipe", "dir/short"], tree.Keys);
        Assert.Equal((0x4000 | 0b001_111_101_101, 7u, 8u), (tree[""].Mode, tree[""].Uid, tree[""].Gid));
        Assert.Equal((99L, 0u), tree[""].Modified);
        Assert.Equal(
            (0x4000 | 0b101_111_111_111, 1000u, 70_000u, 2), (tree["dir"].Mode, tree["dir"].Uid, tree["dir"].Gid, tree["dir"].Links));
        Assert.Equal(
            (0x8000 | 0b100_111_101_101, 3_000_000_000u, 4_294_967_294u),
            (tree["dir/file"].Mode, tree["dir/file"].Uid, tree["dir/file"].Gid));
        Assert.Equal((-5L, 0u), tree["dir/file"].Modified);
        Assert.Equal(content, rootfs.ReadContent("dir/file"));
        Assert.Equal(tree["dir/file"].Inode, tree["dir/hard"].Inode);
        Assert.Equal(2, tree["dir/file"].Links);
        Assert.Equal("../elsewhere", tree["dir/short"].Target);
        Assert.Equal(new string('t', 300), tree["dir/long"].Target);
        Assert.Equal((0x2000, (1u, 3u)), (tree["dir/char"].Mode & 0xF000, tree["dir/char"].Device));
        Assert.Equal((0x6000, (259u, 70_000u)), (tree["dir/block"].Mode & 0xF000, tree["dir/block"].Device));
        Assert.Equal(0x1000, tree["dir/pipe"].Mode & 0xF000);
    }

    [Fact]
    public void Pax_times_keep_their_nanoseconds_and_lie_before_1970_and_after_2038()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Pax("mtime", "1700000000.123456789").Pax("atime", "5000000000.5").Pax("ctime", "-1.25").File("file")
            .Pax("mtime", "0.1234567891234").File("precise"));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal((1_700_000_000L, 123_456_789u), tree["file"].Modified);
        Assert.Equal((5_000_000_000L, 500_000_000u), tree["file"].Accessed);
        Assert.Equal((-2L, 750_000_000u), tree["file"].Changed);
        Assert.Equal((0L, 123_456_789u), tree["precise"].Modified);
        Assert.Equal((0L, 123_456_789u), tree["precise"].Changed);
    }

    [Fact]
    public void Missing_parents_become_directories_of_root()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().File("a/b/c", "x"));

        rootfs.AssertClean();
        Ext4File parent = rootfs.ReadTree()["a/b"];
        Assert.Equal((0x4000 | 0b111_101_101, 0u, 0u), (parent.Mode, parent.Uid, parent.Gid));
    }

    [Fact]
    public void A_directory_over_a_directory_takes_new_attributes_and_keeps_its_entries()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().Pax("SCHILY.xattr.user.old", "1").Directory("d").File("d/kept"),
            new LayerArchive().Directory("d", mode: 0b111_000_000, uid: 5));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal((0x4000 | 0b111_000_000, 5u), (tree["d"].Mode, tree["d"].Uid));
        Assert.Empty(tree["d"].Attributes);
        Assert.Contains("d/kept", tree.Keys);
    }

    [Fact]
    public void Files_directories_and_links_replace_one_another()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive()
                .File("file-to-dir", "1").File("file-to-link", "1")
                .File("dir-to-file/below", "1").File("dir-to-link/below", "1")
                .SymbolicLink("link-to-file", "file-to-link").SymbolicLink("link-to-dir", "dir-to-file"),
            new LayerArchive()
                .Directory("file-to-dir").File("file-to-dir/below", "2").SymbolicLink("file-to-link", "x")
                .File("dir-to-file", "2").SymbolicLink("dir-to-link", "y")
                .File("link-to-file", "2").Directory("link-to-dir").File("link-to-dir/below", "2"));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(
            ["", "dir-to-file", "dir-to-link", "file-to-dir", "file-to-dir/below", "file-to-link", "link-to-dir",
                "link-to-dir/below", "link-to-file"],
            tree.Keys);
        Assert.True(tree["dir-to-file"].IsRegular);
        Assert.True(tree["link-to-file"].IsRegular);
        Assert.Equal("x", tree["file-to-link"].Target);
        Assert.Equal("y", tree["dir-to-link"].Target);
        Assert.Equal("2", rootfs.ReadText("link-to-dir/below"));
    }

    [Fact]
    public void Names_need_not_be_text()
    {
        string name = "\u00ff\u00fe\n\u0001";
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().File(name, "x").File("pa\u00ef", "y"));

        rootfs.AssertClean();
        Assert.Equal(["", "pa\u00ef", name], rootfs.ReadTree().Keys);
    }

    [Fact]
    public void The_longest_names_and_paths_are_kept()
    {
        string name = new('n', 255);
        string path = string.Join('/', Enumerable.Repeat(name, 20));
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().File(path, "deep"));

        rootfs.AssertClean();
        Assert.Equal("deep", rootfs.ReadText(path));
    }

    [Fact]
    public void The_same_layers_give_the_same_bytes()
    {
        LayerArchive Layer() => new LayerArchive().File("a", "1").Pax("SCHILY.xattr.user.x", "y").File("b/c", "2").SymbolicLink("d", "a");
        using BuiltRootfs first = BuiltRootfs.From(Layer());
        using BuiltRootfs second = BuiltRootfs.From(Layer());

        ToolResult comparison = ExternalTool.Require("cmp", "diffutils").Run("-n", "1200000000", first.Path, second.Path);
        Assert.Equal((0, ""), (comparison.ExitCode, comparison.Output));
    }

    [Fact]
    public void An_image_without_entries_is_an_empty_root()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().End(), new LayerArchive());

        rootfs.AssertClean();
        Assert.Equal([""], rootfs.ReadTree().Keys);
    }

    [Fact]
    public void Debugfs_sees_what_was_written()
    {
        ExternalTool debugfs = ExternalTool.Require("debugfs", "e2fsprogs");
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Pax("SCHILY.xattr.user.note", "binary\0value").Pax("mtime", "1700000000.5")
            .File("dir/file", System.Text.Encoding.ASCII.GetBytes("hello"), mode: 0b110_100_000, uid: 1234));

        Assert.Equal("hello", debugfs.Run("-R", "cat /dir/file", rootfs.Path).Output);
        string details = debugfs.Run("-R", "stat /dir/file", rootfs.Path).Output;
        Assert.Contains("Mode:  0640", details, StringComparison.Ordinal);
        Assert.Contains("User:  1234", details, StringComparison.Ordinal);
        Assert.Contains("mtime: 0x6553f100:77359400", details, StringComparison.Ordinal);
        Assert.Contains("binary\\000value", debugfs.Run("-R", "ea_get /dir/file user.note", rootfs.Path).Output, StringComparison.Ordinal);
    }
}
