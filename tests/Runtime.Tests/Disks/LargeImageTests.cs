using System.Globalization;
using System.Text;
using Islet.Disks;
using Islet.Disks.Ext4;

namespace Islet.Tests.Disks;

/// <summary>Images that are large in various ways: the result is right, and resources stay within bounds.</summary>
public sealed class LargeImageTests
{
    [Fact]
    public void A_hundred_thousand_files_are_read_back()
    {
        var layer = new LayerArchive();
        for (int i = 0; i < 100_000; i++)
            layer.File($"directory-{i / 100}/file-{i}", i.ToString(CultureInfo.InvariantCulture));
        using BuiltRootfs rootfs = BuiltRootfs.From(layer);

        rootfs.AssertClean();
        using var reader = new Ext4Reader(rootfs.Path);
        SortedDictionary<string, Ext4File> tree = reader.ReadTree();
        Assert.Equal(1 + 1000 + 100_000, tree.Count);
        foreach (int i in new[] { 0, 1, 49_999, 99_999 })
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(
                reader.ReadContent(tree[$"directory-{i / 100}/file-{i}"])));
    }

    [Fact]
    public void A_directory_of_fifty_thousand_entries_is_read_back()
    {
        var layer = new LayerArchive();
        for (int i = 0; i < 50_000; i++)
            layer.File($"d/{i:00000}-{new string('n', i % 100)}");
        using BuiltRootfs rootfs = BuiltRootfs.From(layer);

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(50_002, tree.Count);
        Assert.True(tree["d"].Size > 3 << 20);
        Assert.Single(tree["d"].Extents);
    }

    [Fact]
    public void More_subdirectories_than_a_link_count_holds_are_counted_as_one()
    {
        var layer = new LayerArchive();
        for (int i = 0; i < 65_001; i++)
            layer.Directory($"d/{i}");
        using BuiltRootfs rootfs = BuiltRootfs.From(layer);

        rootfs.AssertClean();
        Assert.Equal(1, rootfs.ReadTree()["d"].Links);
    }

    [Fact]
    public void A_tree_of_a_thousand_levels_is_written_and_removed()
    {
        string path = string.Join('/', Enumerable.Repeat("level", 1000));
        using BuiltRootfs kept = BuiltRootfs.From(new LayerArchive().File(path + "/file", "deep"));
        kept.AssertClean();
        Assert.Equal("deep", kept.ReadText(path + "/file"));

        using BuiltRootfs removed = BuiltRootfs.From(
            new LayerArchive().File(path + "/file", "deep"), new LayerArchive().Whiteout("", "level"));
        removed.AssertClean();
        Assert.Equal([""], removed.ReadTree().Keys);
    }

    [Fact]
    public void A_path_of_sixteen_thousand_levels_does_not_overflow_the_stack()
    {
        string path = string.Concat(Enumerable.Repeat("d/", 16_000));
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().File(path + "f", "x"),
            new LayerArchive().Directory("d/d").Opaque("d"));

        rootfs.AssertClean();
        Assert.Equal(["", "d", "d/d"], rootfs.ReadTree().Keys);
    }

    [Fact]
    public void A_file_that_spans_groups_steps_over_the_copies_of_the_superblock()
    {
        const int size = 300 << 20;
        using BuiltRootfs rootfs = BuiltRootfs.From([new LayerSource("layer", () => new PatternArchive("file", size))]);

        rootfs.AssertClean();
        Ext4File file = rootfs.ReadTree()["file"];
        Assert.Equal(size, file.Extents.Sum(extent => (long)extent.Length) * 4096);
        // Group 1 begins with a superblock copy; group 2 does not.
        Assert.DoesNotContain(file.Extents, extent => extent.Physical < 32768 + 3 && extent.Physical + extent.Length > 32768);
        using var reader = new Ext4Reader(rootfs.Path);
        byte[] content = reader.ReadContent(file);
        Assert.All(Enumerable.Range(0, size / 4096), block => Assert.Equal(PatternArchive.ByteAt(block * 4096L), content[block * 4096]));
    }

    [Fact]
    public void Many_inodes_make_the_filesystem_larger_than_its_content_would()
    {
        var geometry = Ext4Geometry.For(contentBlocks: 1000, inodes: 3_000_000);
        Assert.True((long)geometry.Groups * geometry.InodesPerGroup >= 6_000_000);
        Assert.Equal(0, geometry.Groups % 8);
        Assert.Equal(0, geometry.InodesPerGroup % 16);
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(8, 16)]
    [InlineData(9, 18)]
    [InlineData(100, 200)]
    public void The_filesystem_is_twice_its_content_and_16_GiB_at_least(int contentGibibytes, int sizeGibibytes)
    {
        var geometry = Ext4Geometry.For(contentGibibytes * (1L << 30) / 4096, inodes: 1000);
        Assert.Equal(sizeGibibytes * (1L << 30), geometry.Blocks * 4096);
        Assert.True((long)geometry.Groups * geometry.InodesPerGroup >= geometry.Blocks / 4);
    }

    /// <summary>An archive of one large file that is generated while it is read.</summary>
    private sealed class PatternArchive(string name, long size) : Stream
    {
        private readonly byte[] _header = LayerArchive.Header('0', name, size);
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public static byte ByteAt(long offset) => (byte)(1 + (offset / 4096 % 251));

        public override int Read(byte[] buffer, int offset, int count)
        {
            int length = (int)Math.Min(count, 512 + size - _position);
            for (int i = 0; i < length; i++, _position++)
                buffer[offset + i] = _position < 512 ? _header[_position] : ByteAt(_position - 512);
            return length;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
