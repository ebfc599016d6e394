using System.IO.Compression;
using Islet.Disks;

namespace Islet.Tests.Disks;

/// <summary>Broken or malicious archives: each causes a typed error that names layer and entry, and never a crash.</summary>
public sealed class HostileLayerTests
{
    private static InvalidLayerException Refused(LayerArchive layer) =>
        Assert.Throws<InvalidLayerException>(() => BuiltRootfs.From(new LayerArchive().File("fine"), layer));

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("/../etc/passwd")]
    [InlineData("a/../../etc/passwd")]
    [InlineData("a/..")]
    [InlineData("..")]
    [InlineData("./..")]
    public void A_name_that_leads_out_of_the_image_is_refused(string name)
    {
        InvalidLayerException refusal = Refused(new LayerArchive().File(name));
        Assert.Equal((1, name), (refusal.LayerIndex, refusal.EntryName));
        Assert.IsType<IsletException>(refusal, exactMatch: false);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("")]
    public void An_absolute_name_begins_at_the_images_root(string slash)
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().Directory("/", mode: 0b111_000_000).Directory(slash + "app").File(slash + "app/one", "content")
                .HardLink("two", slash + "app/one").SymbolicLink(slash + "three", "/app/one"),
            new LayerArchive().File(slash + "app/.wh.one"));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(["", "app", "three", "two"], tree.Keys);
        Assert.Equal("content", rootfs.ReadText("two"));
        Assert.Equal(0x4000 | 0b111_000_000, tree[""].Mode);
    }

    [Fact]
    public void Names_are_bytes_and_none_is_lost()
    {
        string all = new([.. Enumerable.Range(1, 255).Where(value => value != '/').Select(value => (char)value)]);
        string[] names = [all, "\xE9t\xE9", "line\nbreak", "\x1b[31m", "UTF-8 \xC3\xA9"];
        var layer = new LayerArchive();
        foreach (string name in names)
            layer.File(name, name).SymbolicLink("l" + name.Length, name);
        using BuiltRootfs rootfs = BuiltRootfs.From(layer);

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.All(names, name => Assert.Equal(name, rootfs.ReadText(name)));
        Assert.All(names, name => Assert.Equal(name, tree["l" + name.Length].Target));
        Assert.Equal(1 + (2 * names.Length), tree.Count);
    }

    [Fact]
    public void A_name_that_is_no_text_is_shown_by_its_bytes() =>
        Assert.Equal("../\\xe9\\x0a\\x202e", Refused(new LayerArchive().File("../\xE9\n\xE2\x80\xAE")).EntryName);

    [Fact]
    public void A_pax_path_that_leads_out_of_the_image_is_refused() =>
        Assert.Equal("../evil", Refused(new LayerArchive().Pax("path", "../evil").File("harmless")).EntryName);

    [Fact]
    public void A_name_of_more_than_255_bytes_is_refused()
    {
        Refused(new LayerArchive().File(new string('n', 256)));
        Refused(new LayerArchive().Directory("d/" + new string('n', 256) + "/e"));
    }

    [Fact]
    public void A_path_of_more_than_32_KiB_is_refused() =>
        Refused(new LayerArchive().File(string.Concat(Enumerable.Repeat("d/", 20_000)) + "f"));

    [Fact]
    public void A_control_character_in_a_name_does_not_reach_the_message()
    {
        InvalidLayerException refusal = Refused(new LayerArchive().File("../\u001b[31mred"));
        Assert.Equal("../\\x1b[31mred", refusal.EntryName);
        Assert.DoesNotContain('\u001b', refusal.Message);
    }

    [Theory]
    [InlineData('0')]
    [InlineData('2')]
    [InlineData('3')]
    public void Nothing_but_a_directory_replaces_the_root(char type) => Refused(new LayerArchive().Entry(type, ".", linkName: "x"));

    [Theory]
    [InlineData("")]
    [InlineData(4096)]
    [InlineData("nul\0nul")]
    public void A_symbolic_link_with_an_impossible_target_is_refused(object target)
    {
        string text = target as string ?? new string('t', (int)target);
        var layer = new LayerArchive();
        if (text.Contains('\0'))
            layer.Pax("linkpath", text);
        Refused(layer.SymbolicLink("link", text.Contains('\0') ? "x" : text));
    }

    [Fact]
    public void A_device_number_that_Linux_has_no_room_for_is_refused()
    {
        Refused(new LayerArchive().Entry('3', "dev", major: 4096));
        Refused(new LayerArchive().Entry('4', "dev", minor: 1 << 20));
    }

    [Fact]
    public void An_unknown_type_of_entry_is_refused() => Refused(new LayerArchive().Entry('V', "volume"));

    [Fact]
    public void An_owner_of_more_than_32_bits_is_refused()
    {
        Refused(new LayerArchive().Pax("uid", "4294967296").File("x"));
        Refused(new LayerArchive().Pax("gid", "-1").File("x"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 45)]
    public void A_negative_or_huge_size_is_refused(long size)
    {
        byte[] header = LayerArchive.Header('0', "file", 0);
        LayerArchive.Number(header, 124, 12, size);
        LayerArchive.Seal(header);
        Assert.Equal("file", Refused(new LayerArchive().Block(header).Content(new byte[1000])).EntryName);
    }

    [Fact]
    public void A_size_of_gibberish_is_refused()
    {
        byte[] header = LayerArchive.Header('0', "file", 0);
        LayerArchive.Text(header, 124, "12x45678901");
        LayerArchive.Seal(header);
        Refused(new LayerArchive().Block(header));
    }

    [Theory]
    [InlineData("5 a=b\n")]
    [InlineData("7 a=b\n")]
    [InlineData("6 a=b ")]
    [InlineData("4 ab\n")]
    [InlineData("4 =b\n")]
    [InlineData("99999999999999999999 a=b\n")]
    [InlineData("x a=b\n")]
    [InlineData("0 a=b\n")]
    [InlineData("\n")]
    public void A_malformed_extended_header_is_refused(string records)
    {
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(records);
        Refused(new LayerArchive().Block(LayerArchive.Header('x', "pax", bytes.Length)).Content(bytes).File("file"));
    }

    [Theory]
    [InlineData("size", "12x")]
    [InlineData("size", "-1")]
    [InlineData("size", "99999999999999999999")]
    [InlineData("mtime", "yesterday")]
    [InlineData("mtime", "1.2.3")]
    [InlineData("mtime", "--1")]
    [InlineData("mtime", "99999999999999999999")]
    [InlineData("path", "nul\0nul")]
    public void A_malformed_value_in_an_extended_header_is_refused(string key, string value) =>
        Refused(new LayerArchive().Pax(key, value).File("file"));

    [Fact]
    public void An_extended_header_without_bounds_is_refused()
    {
        Refused(new LayerArchive().Block(LayerArchive.Header('x', "pax", 1L << 30)));
        Refused(new LayerArchive().Block(LayerArchive.Header('L', "././@LongLink", 1L << 30)));
    }

    [Fact]
    public void Extended_headers_that_are_too_large_together_are_refused()
    {
        var many = new LayerArchive();
        var global = new LayerArchive();
        for (int i = 0; i < 3; i++)
        {
            many.Pax("comment" + i, new byte[500_000]).PaxHeader();
            global.Pax("comment" + i, new byte[500_000]).PaxHeader('g');
        }

        Refused(many.File("file"));
        Refused(global.File("file"));
    }

    [Fact]
    public void Too_many_extended_attributes_are_refused()
    {
        var layer = new LayerArchive();
        for (int i = 0; i < 2000; i++)
            layer.Pax("SCHILY.xattr.com.example." + i, "x");
        Refused(layer.File("file"));
    }

    [Fact]
    public void A_global_header_gives_owners_times_and_attributes_and_never_names_or_sizes()
    {
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Pax("comment", "c")
            .Pax("uid", "7").Pax("mtime", "9.5").Pax("path", "evil").Pax("size", "3").Pax("SCHILY.xattr.user.a", "global")
            .PaxHeader('g')
            .File("first", "hello")
            .Pax("uid", "8").Pax("mtime", "").Pax("SCHILY.xattr.user.a", "local").File("second"));

        rootfs.AssertClean();
        SortedDictionary<string, Ext4File> tree = rootfs.ReadTree();
        Assert.Equal(["", "first", "second"], tree.Keys);
        Assert.Equal("hello", rootfs.ReadText("first"));
        Assert.Equal((7u, (9L, 500_000_000u)), (tree["first"].Uid, tree["first"].Modified));
        Assert.Equal((8u, (0L, 0u)), (tree["second"].Uid, tree["second"].Modified));
        Assert.Equal("global"u8, tree["first"].Attributes["user.a"]);
        Assert.Equal("local"u8, tree["second"].Attributes["user.a"]);
    }

    [Fact]
    public void GNU_long_names_and_links_are_understood()
    {
        string name = string.Join('/', Enumerable.Repeat("directory", 30));
        byte[] longName = System.Text.Encoding.Latin1.GetBytes(name + "\0");
        byte[] longLink = System.Text.Encoding.Latin1.GetBytes(new string('t', 300) + "\0");
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive()
            .Block(LayerArchive.Header('L', "././@LongLink", longName.Length)).Content(longName)
            .Block(LayerArchive.Header('K', "././@LongLink", longLink.Length)).Content(longLink)
            .Block(LayerArchive.Header('2', "cut", 0, "cut"))
            .File("next"));

        rootfs.AssertClean();
        Assert.Equal(new string('t', 300), rootfs.ReadTree()[name].Target);
        Assert.Contains("next", rootfs.ReadTree().Keys);
    }

    [Fact]
    public void A_size_in_an_extended_header_wins_over_the_header()
    {
        byte[] header = LayerArchive.Header('0', "file", 0);
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().Pax("size", "5").PaxHeader().Block(header).Content("hello"u8.ToArray()).File("next", "x"));

        rootfs.AssertClean();
        Assert.Equal(("hello", "x"), (rootfs.ReadText("file"), rootfs.ReadText("next")));
    }

    [Theory]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('5')]
    [InlineData('6')]
    public void A_size_on_an_entry_without_content_is_not_content(char type)
    {
        byte[] header = LayerArchive.Header(type, "odd", 512, "fine");
        using BuiltRootfs rootfs = BuiltRootfs.From(new LayerArchive().File("fine").Block(header).File("next", "x"));

        rootfs.AssertClean();
        Assert.Equal("x", rootfs.ReadText("next"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(600)]
    [InlineData(1023)]
    [InlineData(1500)]
    public void An_archive_that_is_cut_off_is_refused(int length)
    {
        byte[] whole = new byte[2048];
        new LayerArchive().File("file", new byte[1000]).Open().ReadAtLeast(whole, 1, throwOnEndOfStream: false);
        Refused(new LayerArchive().Block(whole[..length]));
    }

    [Fact]
    public void Something_else_than_a_tar_archive_is_refused()
    {
        byte[] noise = new byte[4096];
        new Random(7).NextBytes(noise);
        InvalidLayerException refusal = Refused(new LayerArchive().Block(noise));
        Assert.Equal("It is not a tar archive.", refusal.Problem);
        Assert.Null(refusal.EntryName);
    }

    [Fact]
    public void A_damaged_header_is_refused()
    {
        byte[] header = LayerArchive.Header('0', "b", 0);
        header[1] ^= 1;
        Assert.Contains("damaged", Refused(new LayerArchive().File("a").Block(header)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_behind_the_end_of_the_archive_are_read_and_mean_nothing()
    {
        var layer = new LayerArchive().File("file").End().Block(new byte[5000]).File("hidden");
        using var stream = new CountingStream(layer.Open());
        using BuiltRootfs rootfs = BuiltRootfs.From([new LayerSource("layer", () => stream)]);

        rootfs.AssertClean();
        Assert.Equal(["", "file"], rootfs.ReadTree().Keys);
        Assert.Equal(layer.Length, stream.BytesRead);
    }

    [Fact]
    public void Damaged_compression_is_refused_with_a_layer_and_without_an_entry()
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            new LayerArchive().File("file", new byte[100_000]).Open().CopyTo(gzip);
        byte[] bytes = compressed.ToArray();
        bytes[bytes.Length / 2] ^= 0x55;

        InvalidLayerException refusal = Assert.Throws<InvalidLayerException>(() => BuiltRootfs.From(
            [new LayerSource("sha256:abc", () => new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))]));
        Assert.Contains("sha256:abc", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidDataException>(refusal.InnerException);
    }

    [Fact]
    public void An_error_of_the_source_reaches_the_caller()
    {
        var source = new LayerSource("layer", () => throw new FileNotFoundException("gone"));
        Assert.Throws<FileNotFoundException>(() => BuiltRootfs.From([source]));
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = inner.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
