namespace Islet.Tests.Disks;

/// <summary>Symbolic and hard links, honest and hostile, within a layer and across layers.</summary>
public sealed class LinkTests
{
    private static InvalidLayerException Refused(params LayerArchive[] layers) =>
        Assert.Throws<InvalidLayerException>(() => BuiltRootfs.From(layers));

    [Theory]
    [InlineData("usr/lib")]
    [InlineData("/usr/lib")]
    [InlineData("./usr/../usr/lib/.")]
    [InlineData("../../../usr/lib")]
    [InlineData("/usr/bin/../../../../usr/lib")]
    public void A_file_under_a_link_goes_where_the_link_leads_within_the_image(string target)
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().Directory("usr/lib").Directory("usr/bin").SymbolicLink("lib", target),
            new LayerArchive().File("lib/new", "x"));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(target, tree["lib"].Target);
        Assert.Contains("usr/lib/new", tree.Keys);
    }

    [Fact]
    public void Chained_links_to_the_host_stay_in_the_image()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().SymbolicLink("a", "/").SymbolicLink("b", "a/../../etc").SymbolicLink("c", "/b"),
            new LayerArchive().File("c/passwd", "ours").Directory("c/sub").File("b/sub/x"));

        rootfs.AssertClean();
        Assert.Equal("ours", rootfs.ReadText("etc/passwd"));
        Assert.Contains("etc/sub/x", rootfs.ReadTree().Keys);
    }

    [Fact]
    public void A_dangling_link_on_the_way_is_made_a_directory_where_it_leads()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().SymbolicLink("var/run", "/run/deep").File("var/run/pid", "1"));

        rootfs.AssertClean();
        Assert.Equal("1", rootfs.ReadText("run/deep/pid"));
    }

    [Fact]
    public void A_directory_entry_over_a_link_replaces_the_link_and_does_not_change_its_target()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().Directory("target", mode: 0b111_000_000).SymbolicLink("link", "target"),
            new LayerArchive().Directory("link", mode: 0b111_111_111));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(0x4000 | 0b111_000_000, tree["target"].Mode);
        Assert.True(tree["link"].IsDirectory);
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        Refused(new LayerArchive().SymbolicLink("a", "b").SymbolicLink("b", "a").File("a/x"));
        Refused(new LayerArchive().SymbolicLink("self", "self/self").File("self/x"));
    }

    [Fact]
    public void Links_that_make_a_path_endless_are_refused()
    {
        string target = string.Concat(Enumerable.Repeat("./", 2000));
        var layer = new LayerArchive().SymbolicLink("l0", target);
        for (int i = 1; i < 30; i++)
            layer.SymbolicLink("l" + i, $"l{i - 1}/{target}");
        Refused(layer.File("l29/x"));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(300)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(4084)]
    [InlineData(4095)]
    public void A_link_target_with_a_part_of_more_than_255_bytes_never_becomes_a_directory(int length)
    {
        var link = new LayerArchive().SymbolicLink("l", new string('n', length));
        foreach (LayerArchive through in new LayerArchive[]
        {
            new LayerArchive().File("l/f"),
            new LayerArchive().Directory("l/d"),
            new LayerArchive().HardLink("h", "l/f"),
            new LayerArchive().Whiteout("l", "f"),
            new LayerArchive().Opaque("l"),
        })
        {
            InvalidLayerException refusal = Refused(link, through);
            Assert.Contains("255", refusal.Problem, StringComparison.Ordinal);
            Assert.Equal(1, refusal.LayerIndex);
        }
    }

    [Fact]
    public void A_link_target_with_a_part_of_more_than_255_bytes_is_kept_while_nothing_leads_through_it()
    {
        string target = new('n', 300);
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().SymbolicLink("l", target).SymbolicLink("m", "x/" + new string('n', 255)).File("m/f"));

        rootfs.AssertClean();
        Assert.Equal(target, rootfs.ReadTree()["l"].Target);
        Assert.Contains("x/" + new string('n', 255) + "/f", rootfs.ReadTree().Keys);
    }

    [Fact]
    public void A_file_in_the_way_is_refused() => Refused(new LayerArchive().File("a"), new LayerArchive().File("a/b"));

    [Fact]
    public void A_hard_link_may_lead_to_a_lower_layer_through_a_link_and_to_a_symbolic_link()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().File("dir/file", "content").SymbolicLink("alias", "dir").SymbolicLink("sym", "nowhere"),
            new LayerArchive().HardLink("hard", "alias/file").HardLink("sym2", "sym"));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(tree["dir/file"].Inode, tree["hard"].Inode);
        Assert.Equal(tree["sym"].Inode, tree["sym2"].Inode);
        Assert.Equal("nowhere", tree["sym2"].Target);
        Assert.Equal(2, tree["sym2"].Links);
    }

    [Fact]
    public void A_linked_file_that_is_replaced_keeps_its_content_under_its_other_name()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().File("a", "old").HardLink("b", "a"),
            new LayerArchive().File("a", "new"));

        rootfs.AssertClean();
        Assert.Equal(("new", "old"), (rootfs.ReadText("a"), rootfs.ReadText("b")));
    }

    [Fact]
    public void A_hard_link_may_replace_the_directory_that_holds_its_target()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().File("d/file", "content"), new LayerArchive().HardLink("d", "d/file"));

        rootfs.AssertClean();
        Assert.Equal("content", rootfs.ReadText("d"));
        Assert.Equal(1, rootfs.ReadTree()["d"].Links);
    }

    [Fact]
    public void A_hard_link_to_itself_changes_nothing()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().File("a", "x").HardLink("a", "a"));

        rootfs.AssertClean();
        Assert.Equal(1, rootfs.ReadTree()["a"].Links);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("dir")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("/missing")]
    [InlineData("../dir/file")]
    [InlineData("dir/../dir/file")]
    public void A_hard_link_to_nothing_to_a_directory_or_out_of_the_image_is_refused(string target) =>
        Assert.Equal("hard", Refused(new LayerArchive().File("dir/file").HardLink("hard", target)).EntryName);

    [Fact]
    public void More_names_than_ext4_allows_are_refused()
    {
        var layer = new LayerArchive().File("file");
        for (int i = 1; i < 65_000; i++)
            layer.HardLink("l" + i, "file");

        using (BuiltRootfs rootfs = BuiltRootfs.From(layer))
        {
            rootfs.AssertClean();
            Assert.Equal(65_000, rootfs.ReadTree()["file"].Links);
        }

        Refused(layer.HardLink("one-too-many", "file"));
    }
}
