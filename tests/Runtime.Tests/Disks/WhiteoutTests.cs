namespace Islet.Tests.Disks;

/// <summary>Whiteouts, by which a layer hides files of lower layers (OCI image specification, layer.md, "Whiteouts").</summary>
public sealed class WhiteoutTests
{
    private static IEnumerable<string> Paths(params LayerArchive[] layers)
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(layers);
        rootfs.AssertClean();
        return rootfs.ReadTree().Keys.Skip(1);
    }

    [Fact]
    public void A_whiteout_hides_a_file_or_a_whole_directory() =>
        Assert.Equal(["d", "d/kept"], Paths(
            new LayerArchive().File("d/kept").File("d/gone").File("d/sub/gone").SymbolicLink("link", "d"),
            new LayerArchive().Whiteout("d", "gone").Whiteout("d", "sub").Whiteout("", "link")));

    [Fact]
    public void A_whiteout_of_a_missing_file_does_nothing() =>
        Assert.Equal(["d", "d/file"], Paths(
            new LayerArchive().File("d/file"),
            new LayerArchive().Whiteout("d", "other").Whiteout("nowhere/at/all", "x").Whiteout("d/file", "x").Opaque("nowhere")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_opaque_directory_hides_lower_content_whether_marked_before_or_after_its_siblings(bool before)
    {
        var upper = new LayerArchive();
        if (before)
            upper.Opaque("d");
        upper.File("d/new").Directory("d/both").File("d/both/new");
        if (!before)
            upper.Opaque("d");

        Assert.Equal(["d", "d/both", "d/both/new", "d/new"], Paths(
            new LayerArchive().File("d/old").File("d/both/old").File("d/deep/er/old"), upper));
    }

    [Fact]
    public void An_opaque_root_hides_everything_below_it() =>
        Assert.Equal(["new"], Paths(new LayerArchive().File("a/b/c").File("d"), new LayerArchive().File("new").Opaque("")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_whiteout_never_hides_what_its_own_layer_brings(bool before)
    {
        var upper = new LayerArchive();
        if (before)
            upper.Whiteout("", "d").Whiteout("", "f");
        upper.Directory("d").File("d/new").File("f", "2");
        if (!before)
            upper.Whiteout("", "d").Whiteout("", "f");

        Assert.Equal(["d", "d/new", "f"], Paths(new LayerArchive().File("d/old").File("f", "1"), upper));
    }

    [Fact]
    public void An_opaque_marker_in_the_lowest_layer_hides_nothing() =>
        Assert.Equal(["d", "d/x"], Paths(new LayerArchive().File("d/x").Opaque("d")));

    [Fact]
    public void A_later_layer_hides_what_an_opaque_one_brought() =>
        Assert.Equal(["d", "d/third"], Paths(
            new LayerArchive().File("d/first"),
            new LayerArchive().Opaque("d").File("d/second"),
            new LayerArchive().Opaque("d").File("d/third")));

    [Fact]
    public void A_whiteout_through_a_symbolic_link_stays_in_the_image() =>
        Assert.Equal(["etc", "etc/kept", "out", "up"], Paths(
            new LayerArchive().File("etc/kept").File("etc/gone").SymbolicLink("out", "/etc").SymbolicLink("up", "../../../../etc"),
            new LayerArchive().Whiteout("out", "gone").Whiteout("up", "missing")));

    [Fact]
    public void A_hidden_name_of_a_file_leaves_its_other_names()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().File("a", "content").HardLink("b", "a"),
            new LayerArchive().Whiteout("", "a"));

        rootfs.AssertClean();
        Assert.Equal("content", rootfs.ReadText("b"));
        Assert.Equal(1, rootfs.ReadTree()["b"].Links);
    }

    [Fact]
    public void What_AUFS_left_behind_is_ignored() =>
        Assert.Equal(["file"], Paths(
            new LayerArchive().Directory(".wh..wh.plnk").File(".wh..wh.plnk/123.456").File(".wh..wh.aufs").File("file")));

    [Theory]
    [InlineData(".wh.")]
    [InlineData("d/.wh.")]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    [InlineData("d/.wh...")]
    [InlineData(".wh.x/below")]
    [InlineData(".wh..wh..opq/below")]
    public void A_whiteout_of_a_directory_itself_or_of_its_parent_is_refused(string name)
    {
        var layer = new LayerArchive().File("d/file").File(name);

        InvalidLayerException refusal = Assert.Throws<InvalidLayerException>(() => BuiltRootfs.From(layer));
        Assert.Equal((0, name), (refusal.LayerIndex, refusal.EntryName));
    }

    [Fact]
    public void Ten_thousand_opaque_directories_inside_one_another_are_swept_once()
    {
        var lower = new LayerArchive();
        var upper = new LayerArchive();
        string path = "";
        for (int i = 0; i < 200; i++)
        {
            path += "d/";
            lower.File(path + "old");
            upper.Opaque(path.TrimEnd('/'));
        }

        // The same deep directories are marked repeatedly: quadratic work would take minutes.
        for (int i = 0; i < 10_000; i++)
            upper.File(path + i).Opaque(path.TrimEnd('/'));

        using BuiltRootfs rootfs = BuiltRootfs.From(lower, upper);
        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(1 + 200 + 10_000, tree.Count);
        Assert.DoesNotContain(tree.Keys, name => name.EndsWith("old", StringComparison.Ordinal));
    }
}
