using System.Text;

namespace Islet.Tests.Disks;

/// <summary>Extended attributes, from pax records to the two places where ext4 stores them.</summary>
public sealed class ExtendedAttributeTests
{
    private const string Prefix = "SCHILY.xattr.";

    private static SortedDictionary<string, Ext4File> Read(LayerArchive layer)
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(layer);
        rootfs.AssertClean();
        return rootfs.ReadTree();
    }

    private static InvalidLayerException Refused(LayerArchive layer) =>
        Assert.Throws<InvalidLayerException>(() => BuiltRootfs.From(layer));

    [Fact]
    public void Binary_values_survive_on_every_kind_of_file()
    {
        byte[] capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0xFF, 0xFE, 0, 0, 10, 0, 0x80, 0];
        SortedDictionary<string, Ext4File> tree = Read(new LayerArchive()
            .Pax(Prefix + "security.capability", capability).File("file", "x")
            .Pax(Prefix + "user.a", [0]).Directory("dir")
            .Pax(Prefix + "trusted.b", [255, 10]).SymbolicLink("short", "t")
            .Pax(Prefix + "trusted.b", [255, 10]).SymbolicLink("long", new string('t', 100))
            .Pax(Prefix + "trusted.c", []).Entry('3', "dev", major: 1, minor: 3));

        Assert.Equal(capability, tree["file"].Attributes["security.capability"]);
        Assert.Equal([0], tree["dir"].Attributes["user.a"]);
        Assert.Equal([255, 10], tree["short"].Attributes["trusted.b"]);
        Assert.Equal([255, 10], tree["long"].Attributes["trusted.b"]);
        Assert.Equal([], tree["dev"].Attributes["trusted.c"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(60)]
    public void Many_attributes_share_the_inode_and_a_block(int count)
    {
        var layer = new LayerArchive();
        // Names of different lengths and namespaces, so that the order in which the kernel searches a block matters.
        for (int i = 0; i < count; i++)
            layer.Pax(
                $"{Prefix}{(i % 3 == 0 ? "user." : "trusted.")}{new string((char)('a' + (i % 26)), 1 + (i % 7))}{i}",
                [(byte)i, .. new byte[i % 30]]);

        Ext4File file = Read(layer.File("file"))["file"];
        Assert.Equal(count, file.Attributes.Count);
        Assert.All(file.Attributes, attribute => Assert.Equal(1 + (attribute.Value[0] % 30), attribute.Value.Length));
    }

    [Fact]
    public void A_value_that_fills_the_block_fits_and_one_byte_more_is_refused()
    {
        // The block has 4096 bytes, minus a header of 32, a terminator of 4 and this entry's 20.
        const int largest = 4096 - 32 - 4 - 20;
        Ext4File file = Read(new LayerArchive().Pax(Prefix + "user.big", new byte[largest]).File("file"))["file"];
        Assert.Equal(largest, file.Attributes["user.big"].Length);

        Assert.Equal("file", Refused(new LayerArchive().Pax(Prefix + "user.big", new byte[largest + 1]).File("file")).EntryName);
    }

    [Theory]
    [InlineData("user.")]
    [InlineData("security.")]
    [InlineData("user.a\0b")]
    public void An_illegal_name_is_refused(string name) => Refused(new LayerArchive().Pax(Prefix + name, "x").File("file"));

    [Fact]
    public void An_empty_name_and_one_of_more_than_255_bytes_are_refused()
    {
        Refused(new LayerArchive().Pax(Prefix, "x").File("file"));
        Refused(new LayerArchive().Pax(Prefix + "user." + new string('n', 251), "x").File("file"));
    }

    [Fact]
    public void Attributes_of_other_systems_are_left_out() =>
        Assert.Empty(Read(new LayerArchive()
            .Pax(Prefix + "com.apple.provenance", "x").Pax(Prefix + "system.nfs4_acl", "x").File("file"))["file"].Attributes);

    [Fact]
    public void An_access_control_list_is_kept_as_ext4_writes_it()
    {
        byte[] archived =
        [
            2, 0, 0, 0,
            0x01, 0, 6, 0, 255, 255, 255, 255, // the owner
            0x02, 0, 4, 0, 0xE8, 3, 0, 0, //      user 1000
            0x04, 0, 4, 0, 255, 255, 255, 255, // the group
            0x10, 0, 4, 0, 255, 255, 255, 255, // the mask
            0x20, 0, 0, 0, 255, 255, 255, 255, // others
        ];
        byte[] kept = [1, 0, 0, 0, 1, 0, 6, 0, 2, 0, 4, 0, 0xE8, 3, 0, 0, 4, 0, 4, 0, 0x10, 0, 4, 0, 0x20, 0, 0, 0];

        IReadOnlyDictionary<string, byte[]> attributes = Read(new LayerArchive()
            .Pax(Prefix + "system.posix_acl_access", archived).Pax(Prefix + "system.posix_acl_default", archived)
            .Directory("dir"))["dir"].Attributes;
        Assert.Equal(kept, attributes["system.posix_acl_access"]);
        Assert.Equal(kept, attributes["system.posix_acl_default"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0002\0\0")]
    [InlineData("\u0001\0\0\0")]
    [InlineData("\u0002\0\0\0\u0001\0")]
    [InlineData("\u0002\0\0\0\u0003\0\u0006\0\0\0\0\0")]
    [InlineData("\u0002\0\0\0\u0020\0\u0006\0\0\0\0\0\u0001\0\u0006\0\0\0\0\0")]
    [InlineData("\u0002\0\0\0\u0001\0\u0006\0\0\0\0\0")]
    [InlineData("\u0002\0\0\0\u0001\0\u0006\0\0\0\0\0\u0004\0\u0006\0\0\0\0\0")]
    [InlineData("\u0002\0\0\0\u0001\0\u0006\0\0\0\0\0\u0002\0\u0006\0\u0001\0\0\0\u0004\0\u0006\0\0\0\0\0\u0020\0\u0006\0\0\0\0\0")]
    [InlineData("\u0002\0\0\0\u0001\0\u0008\0\0\0\0\0\u0004\0\u0006\0\0\0\0\0\u0020\0\u0006\0\0\0\0\0")]
    public void A_malformed_access_control_list_is_refused(string list) =>
        Refused(new LayerArchive().Pax(Prefix + "system.posix_acl_access", Encoding.Latin1.GetBytes(list)).File("file"));

    [Fact]
    public void An_access_control_list_without_entries_is_none() =>
        Assert.Empty(Read(new LayerArchive().Pax(Prefix + "system.posix_acl_access", "\u0002\0\0\0").File("file"))["file"].Attributes);

    [Fact]
    public void The_kernel_finds_the_attributes_by_name()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Pax(Prefix + "user.zz", "second").Pax(Prefix + "user.a", new string('v', 500)).Pax(Prefix + "trusted.a", new string('w', 500))
            .File("file"));
        using MountedRootfs mount = MountedRootfs.Mount(rootfs, "ro");

        ExternalTool python = ExternalTool.Require("python3", "python3");
        string script = $"import os; print([os.getxattr('{mount.Path}/file', n) for n in ('user.zz', 'user.a', 'trusted.a')])";
        Assert.Equal($"[b'second', b'{new string('v', 500)}', b'{new string('w', 500)}']\n", python.Run("-c", script).Output);
    }
}
