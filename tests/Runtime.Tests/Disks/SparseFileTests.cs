using System.Globalization;
using System.Text;
using Islet.Disks;

namespace Islet.Tests.Disks;

/// <summary>Files with holes: GNU tar's four formats, and zeros that no header marks as holes.</summary>
public sealed class SparseFileTests
{
    private const long Tebibyte = 1L << 40;

    private static InvalidLayerException Refused(LayerArchive layer) =>
        Assert.Throws<InvalidLayerException>(() => BuiltRootfs.From(layer));

    // "head" at 0, "tail" at 10000, the end at 20000.
    private static byte[] Expected()
    {
        byte[] content = new byte[20_000];
        "head"u8.CopyTo(content);
        "tail"u8.CopyTo(content.AsSpan(10_000));
        return content;
    }

    private static void AssertExpected(LayerArchive layer)
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(layer.File("next", "x"));
        rootfs.AssertClean();
        Assert.Equal(Expected(), rootfs.ReadContent("sparse"));
        Assert.Equal("x", rootfs.ReadText("next"));
    }

    private static byte[] OldHeader(long realSize, long storedSize, params (long Offset, long Length)[] regions)
    {
        byte[] header = LayerArchive.Header('S', "sparse", storedSize);
        LayerArchive.Text(header, 257, "ustar  \0");
        for (int i = 0; i < Math.Min(4, regions.Length); i++)
        {
            LayerArchive.Number(header, 386 + (i * 24), 12, regions[i].Offset);
            LayerArchive.Number(header, 398 + (i * 24), 12, regions[i].Length);
        }

        header[482] = regions.Length > 4 ? (byte)1 : (byte)0;
        LayerArchive.Number(header, 483, 12, realSize);
        LayerArchive.Seal(header);
        return header;
    }

    [Fact]
    public void The_old_format_is_understood() =>
        AssertExpected(new LayerArchive().Block(OldHeader(20_000, 8, (0, 4), (10_000, 4), (20_000, 0))).Content("headtail"u8.ToArray()));

    [Fact]
    public void The_old_format_continues_in_further_blocks()
    {
        (long Offset, long Length)[] regions = [.. Enumerable.Range(0, 30).Select(i => ((long)i * 100_000, 1L))];
        var layer = new LayerArchive().Block(OldHeader(3_000_000, 30, regions));
        byte[] first = new byte[512];
        byte[] second = new byte[512];
        for (int i = 4; i < 30; i++)
        {
            byte[] block = i < 25 ? first : second;
            int entry = (i < 25 ? i - 4 : i - 25) * 24;
            LayerArchive.Number(block, entry, 12, regions[i].Offset);
            LayerArchive.Number(block, entry + 12, 12, regions[i].Length);
        }

        first[504] = 1;
        layer.Block(first).Block(second).Content(Encoding.ASCII.GetBytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123"));

        using BuiltRootfs rootfs = BuiltRootfs.From(layer);
        rootfs.AssertClean();
        byte[] content = rootfs.ReadContent("sparse");
        Assert.Equal(("A", "Z", "3"), (At(0), At(25), At(29)));
        Assert.Equal(30, rootfs.ReadTree()["sparse"].Extents.Count);
        string At(int i) => Encoding.ASCII.GetString(content, i * 100_000, 1);
    }

    [Fact]
    public void The_pax_format_0_0_is_understood() =>
        AssertExpected(new LayerArchive()
            .Pax("GNU.sparse.size", "20000").Pax("GNU.sparse.numblocks", "2")
            .Pax("GNU.sparse.offset", "0").Pax("GNU.sparse.numbytes", "4")
            .Pax("GNU.sparse.offset", "10000").Pax("GNU.sparse.numbytes", "4")
            .File("sparse", "headtail"));

    [Fact]
    public void The_pax_format_0_1_is_understood() =>
        AssertExpected(new LayerArchive()
            .Pax("GNU.sparse.size", "20000").Pax("GNU.sparse.name", "sparse").Pax("GNU.sparse.map", "0,4,10000,4")
            .File("GNUSparseFile.1/sparse", "headtail"));

    [Fact]
    public void The_pax_format_1_0_is_understood()
    {
        byte[] map = new byte[512];
        "2\n0\n4\n10000\n4\n"u8.CopyTo(map);
        AssertExpected(new LayerArchive()
            .Pax("GNU.sparse.major", "1").Pax("GNU.sparse.minor", "0").Pax("GNU.sparse.name", "sparse").Pax("GNU.sparse.realsize", "20000")
            .File("GNUSparseFile.1/sparse", [.. map, .. "headtail"u8]));
    }

    [Fact]
    public void A_file_that_is_one_hole_of_a_tebibyte_costs_nothing()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Pax("GNU.sparse.size", Tebibyte.ToString(CultureInfo.InvariantCulture)).Pax("GNU.sparse.map", $"{Tebibyte - 4},4")
            .File("sparse", "tail"));

        rootfs.AssertClean();
        Ext4File file = rootfs.ReadTree()["sparse"];
        Assert.Equal(Tebibyte, file.Size);
        Assert.Equal((Tebibyte / 4096) - 1, file.Extents.Max(extent => extent.Logical + extent.Length - 1));
        Assert.True(rootfs.AllocatedBytes < 1 << 20, $"{rootfs.AllocatedBytes} bytes are allocated.");
    }

    [Fact]
    public void A_file_beyond_what_ext4_allows_is_refused() =>
        Refused(
            new LayerArchive().Pax("GNU.sparse.size", (16 * Tebibyte).ToString(CultureInfo.InvariantCulture)).Pax("GNU.sparse.map", "0,4")
                .File("sparse", "head"));

    [Theory]
    [InlineData(5)]
    [InlineData(341)]
    [InlineData(1361)]
    [InlineData(3000)]
    public void A_file_of_many_pieces_gets_a_tree_of_extents(int pieces)
    {
        const int distance = 128 * 1024;
        string map = string.Join(',', Enumerable.Range(0, pieces).Select(i => $"{(long)i * distance},4"));
        byte[] content = [.. Enumerable.Range(0, pieces).SelectMany(BitConverter.GetBytes)];
        content[0] = 1; // not zero, or it would be a hole
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Pax("GNU.sparse.size", ((long)pieces * distance).ToString(CultureInfo.InvariantCulture)).Pax("GNU.sparse.map", map)
            .File("sparse", content));

        rootfs.AssertClean();
        Ext4File file = rootfs.ReadTree()["sparse"];
        Assert.Equal(pieces, file.Extents.Count);
        Assert.Equal(pieces switch { 5 or 341 => 1, 1361 => 2, _ => 2 }, file.ExtentDepth);
        byte[] read = rootfs.ReadContent("sparse");
        Assert.All(Enumerable.Range(1, pieces - 1), i => Assert.Equal(i, BitConverter.ToInt32(read, i * distance)));
    }

    [Fact]
    public void Runs_of_zeros_become_holes()
    {
        byte[] content = new byte[10 << 20];
        content[0] = 1;
        content[5 << 20] = 2;
        content[^1] = 3;
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().File("file", content).File("zeros", new byte[1 << 20]));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(content, rootfs.ReadContent("file"));
        Assert.Equal(new byte[1 << 20], rootfs.ReadContent("zeros"));
        Assert.Equal(3 * 16, tree["file"].Extents.Sum(extent => extent.Length));
        Assert.Empty(tree["zeros"].Extents);
    }

    [Fact]
    public void A_negative_size_in_the_old_format_is_refused() => Refused(new LayerArchive().Block(OldHeader(-1, 0)));

    [Theory]
    [InlineData("0,4,2,4")]
    [InlineData("10000,4,0,4")]
    [InlineData("0,4,19998,4")]
    [InlineData("0,4")]
    [InlineData("0,4,10000")]
    [InlineData("0,4,10000,x")]
    [InlineData("0,4,10000,-4")]
    [InlineData("0,9223372036854775807,1,9223372036854775807")]
    public void A_map_that_overlaps_or_leaves_the_file_or_lies_about_it_is_refused(string map) =>
        Refused(new LayerArchive().Pax("GNU.sparse.size", "20000").Pax("GNU.sparse.map", map).File("sparse", "headtail"));

    [Theory]
    [InlineData("99999999999\n0\n4\n")]
    [InlineData("x\n")]
    [InlineData("2\n0\n4\n")]
    public void A_map_in_front_of_the_content_that_is_wrong_is_refused(string map)
    {
        byte[] block = new byte[512];
        Encoding.ASCII.GetBytes(map).CopyTo(block, 0);
        Refused(new LayerArchive().Pax("GNU.sparse.major", "1").Pax("GNU.sparse.minor", "0").Pax("GNU.sparse.realsize", "20000")
            .File("sparse", [.. block, .. "headtail"u8]));
    }

    [Fact]
    public void A_sparse_file_by_GNU_tar_is_read_back()
    {
        ExternalTool tar = ExternalTool.Require("tar", "tar");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("islet-test-");
        try
        {
            byte[] content = new byte[3 << 20];
            content[(1 << 20) + 5] = 1;
            content[^1] = 2;
            string file = Path.Combine(directory.FullName, "sparse");
            using (FileStream stream = File.Create(file))
            {
                stream.SetLength(content.Length);
                stream.Position = (1 << 20) + 5;
                stream.WriteByte(1);
                stream.Position = content.Length - 1;
                stream.WriteByte(2);
            }

            foreach (string format in new[] { "--format=gnu", "--sparse-version=0.0", "--sparse-version=0.1", "--sparse-version=1.0" })
            {
                string archive = Path.Combine(directory.FullName, "archive.tar");
                ToolResult result = format == "--format=gnu"
                    ? tar.Run("-cSf", archive, format, "-C", directory.FullName, "sparse")
                    : tar.Run("-cSf", archive, "--format=pax", format, "-C", directory.FullName, "sparse");
                Assert.True(result.ExitCode == 0, result.Error);

                using BuiltRootfs rootfs = BuiltRootfs.From([new LayerSource(format, () => File.OpenRead(archive))]);
                rootfs.AssertClean();
                Assert.Equal(content, rootfs.ReadContent("sparse"));
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
