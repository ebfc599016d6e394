using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using Islet.Guest.Files;
using Islet.Guest.Linux;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Tests;

/// <summary>The agent's reader and writer of archives, on the host's own files.</summary>
public sealed class TarTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("islet-tar-").FullName;

    private string Source => _folder + "/source";

    private string Target => _folder + "/target";

    public void Dispose()
    {
        // .NET can't remove files whose names it can't represent.
        using var remove = Process.Start("rm", ["-rf", _folder]);
        remove.WaitForExit();
    }

    public static TheoryData<byte[]> Names => new(
        "plain"u8.ToArray(),
        "with\nnewline"u8.ToArray(),
        "12 path=other\n"u8.ToArray(),
        "tab\tand\\backslash"u8.ToArray(),
        new byte[] { 0xFF, 0xFE, (byte)'x' },
        new byte[] { 0xC3, 0x28 },
        "ü-日本"u8.ToArray(),
        Enumerable.Repeat((byte)'n', 255).ToArray(),
        Enumerable.Repeat((byte)0xE4, 255).ToArray(),
        Enumerable.Range(1, 255).Where(b => b != '/').Select(b => (byte)b).ToArray(),
        " leading and trailing "u8.ToArray());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_of_any_bytes_comes_back_as_it_was(byte[] name)
    {
        byte[] folder = [.. Bytes(Source), (byte)'/', .. name], file = [.. folder, (byte)'/', .. name], link = [.. folder, .. "/l"u8];
        PathOperations.MakeDirectories(folder);
        WriteFile(file, "content"u8);
        PathOperations.MakeSymbolicLink(name, link);
        PathOperations.MakeHardLink(file, [.. folder, .. "/second"u8]);

        Copy();

        byte[] copied = [.. Bytes(Target), (byte)'/', .. name];
        Assert.Equal("content"u8.ToArray(), ReadFile([.. copied, (byte)'/', .. name]));
        Assert.Equal(name, PathOperations.ReadLink([.. copied, .. "/l"u8]));
        FileStatus one = FileStatus.Find([.. copied, (byte)'/', .. name], false)!.Value, other = FileStatus.Find([.. copied,
            .. "/second"u8], false)!.Value;
        Assert.Equal(one.Inode, other.Inode);
        Assert.Equal(2u, one.Links);
    }

    [Fact]
    public void A_tree_of_any_depth_is_packed_and_unpacked_on_a_small_stack()
    {
        const int Depth = 3000;
        byte[] path = Bytes(Source);
        for (int i = 0; i < Depth; i++)
        {
            path = [.. path, .. "/d"u8];
            PathOperations.MakeDirectories(path);
        }

        WriteFile([.. path, .. "/deepest"u8], "down here"u8);
        OnSmallStack(() => Copy());

        byte[] copied = [.. Bytes(Target), .. path[Source.Length..]];
        Assert.True(copied.Length > 4096);
        Assert.Equal("down here"u8.ToArray(), ReadFile([.. copied, .. "/deepest"u8]));
    }

    [Fact]
    public void A_folder_of_many_files_is_packed_whole()
    {
        Directory.CreateDirectory(Source);
        for (int i = 0; i < 5000; i++)
            File.WriteAllText($"{Source}/{i:00000}-{new string('x', 40)}", $"{i}");

        Copy();

        Assert.Equal(5000, Directory.GetFiles(Target).Length);
        Assert.All(Directory.GetFiles(Target), file => Assert.Equal(int.Parse(Path.GetFileName(file)[..5], null).ToString(),
            File.ReadAllText(file)));
    }

    [Fact]
    public void Kinds_modes_times_owners_and_binary_attributes_are_kept()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Owners and device nodes need root.");
        Directory.CreateDirectory(Source + "/folder");
        byte[] file = Bytes(Source + "/folder/file"), pipe = Bytes(Source + "/folder/pipe"), device = Bytes(Source + "/folder/device");
        WriteFile(file, "x"u8);
        PathOperations.ChangeOwner(file, 4_000_000, 70_000);
        PathOperations.ChangeMode(file, 0x9ED);
        byte[] value = [0, 1, 2, (byte)'\n', 0xFF];
        ExtendedAttributes.Set(file, "user.binary"u8, value);
        PathOperations.SetModified(file, -2, 750_000_000);
        PathOperations.MakeNode(pipe, FileStatus.Fifo, 0, 0);
        PathOperations.ChangeMode(pipe, 0x1B6);
        PathOperations.MakeNode(device, FileStatus.CharacterDevice, 300, 70_000);
        PathOperations.ChangeMode(Bytes(Source + "/folder"), 0x3FF);
        PathOperations.SetModified(Bytes(Source + "/folder"), 1_000_000_000, 1);

        Copy();

        FileStatus copied = FileStatus.Find(Target + "/folder/file", false)!.Value;
        Assert.Equal((4_000_000u, 70_000u, 0x9EDu), (copied.User, copied.Group, copied.Mode & 0xFFF));
        Assert.Equal((-2L, 750_000_000u), (copied.ModifiedSeconds, copied.ModifiedNanoseconds));
        (byte[] name, byte[] kept) = Assert.Single(ExtendedAttributes.Read(Bytes(Target + "/folder/file")), attribute =>
            attribute.Name.AsSpan().StartsWith("user."u8));
        Assert.Equal("user.binary"u8.ToArray(), name);
        Assert.Equal(value, kept);
        Assert.Equal(FileStatus.Fifo | 0x1B6u, FileStatus.Find(Target + "/folder/pipe", false)!.Value.Mode);
        FileStatus node = FileStatus.Find(Target + "/folder/device", false)!.Value;
        Assert.Equal((FileStatus.CharacterDevice, 300u, 70_000u), (node.Type, node.SpecialMajor, node.SpecialMinor));
        FileStatus folder = FileStatus.Find(Target + "/folder", false)!.Value;
        Assert.Equal((0x3FFu, 1_000_000_000L, 1u), (folder.Mode & 0xFFF, folder.ModifiedSeconds, folder.ModifiedNanoseconds));
    }

    [Fact]
    public void What_is_written_reads_as_a_tar_elsewhere()
    {
        Directory.CreateDirectory(Source + "/folder");
        File.WriteAllText(Source + "/folder/short", "one");
        File.WriteAllText(Source + "/folder/" + new string('n', 200), "two");
        File.CreateSymbolicLink(Source + "/folder/link", new string('t', 300));

        using var reader = new TarReader(new MemoryStream(Pack()));
        var entries = new Dictionary<string, System.Formats.Tar.TarEntry>();
        while (reader.GetNextEntry(copyData: true) is { } entry)
            entries.Add(entry.Name, entry);

        Assert.Equal(4, entries.Count);
        Assert.Equal("one", new StreamReader(entries["folder/short"].DataStream!).ReadToEnd());
        Assert.Equal("two", new StreamReader(entries["folder/" + new string('n', 200)].DataStream!).ReadToEnd());
        Assert.Equal(new string('t', 300), entries["folder/link"].LinkName);
        Assert.Equal(File.GetLastWriteTimeUtc(Source + "/folder/short"), entries["folder/short"].ModificationTime.UtcDateTime);

        using var list = Process.Start(new ProcessStartInfo("tar", ["-tf", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true
        })!;
        list.StandardInput.BaseStream.Write(Pack());
        list.StandardInput.Close();
        Assert.Equal(4, list.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        list.WaitForExit();
        Assert.Equal(0, list.ExitCode);
    }

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=pax")]
    [InlineData("--format=ustar")]
    [InlineData("--format=v7")]
    [InlineData("--format=oldgnu")]
    public void What_other_programs_pack_is_unpacked(string format)
    {
        bool allowsLong = format is not ("--format=v7" or "--format=ustar");
        string name = new('n', allowsLong ? 250 : 60);
        Directory.CreateDirectory(Source + "/folder/" + new string('d', 30));
        File.WriteAllText($"{Source}/folder/{new string('d', 30)}/{name}", "content");
        File.CreateSymbolicLink(Source + "/folder/link", allowsLong ? new string('t', 300) : "t");
        using var pack = Process.Start(new ProcessStartInfo("tar", [format, "-C", Source, "-cf", "-",
            "."])
        { RedirectStandardOutput = true })!;
        var archive = new MemoryStream();
        pack.StandardOutput.BaseStream.CopyTo(archive);
        pack.WaitForExit();

        Unpack(archive.ToArray());

        Assert.Equal("content", File.ReadAllText($"{Target}/folder/{new string('d', 30)}/{name}"));
        Assert.Equal(allowsLong ? new string('t', 300) : "t", new FileInfo(Target + "/folder/link").LinkTarget);
    }

    [Fact]
    public void Pax_text_is_no_carrier_of_names()
    {
        // The record that a naive writer makes of the name "c\nd", and the file that it must not overwrite.
        byte[] record = Bytes("17 path=q/passwd\n");
        Assert.Equal(17, record.Length);
        byte[] archive = [.. Header("PaxHeaders/x", 'x', record.Length), .. Padded(record), .. Header("ignored", '0', 1), .. Padded("x"u8)];
        Unpack(archive);
        Assert.True(File.Exists(Target + "/q/passwd"));

        byte[] twoLines = Bytes("16 path=q/c\nd\n\n\n");
        archive = [.. Header("PaxHeaders/x", 'x', twoLines.Length), .. Padded(twoLines), .. Header("ignored", '0', 1), .. Padded("x"u8)];
        Unpack(archive);
        Assert.Equal("x"u8.ToArray(), ReadFile([.. Bytes(Target), .. "/q/c\nd\n\n"u8]));
        Assert.False(File.Exists(Target + "/q/c"));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("../../etc/passwd")]
    public void A_name_that_leads_out_is_refused(string name) =>
        Assert.Contains("..", Assert.Throws<GrpcException>(() => Unpack(Header(name, '0', 0))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", '0')]
    [InlineData(".", '2')]
    [InlineData("/", '0')]
    [InlineData("./.", '6')]
    public void What_would_take_the_place_of_the_target_is_refused(string name, char type)
    {
        Assert.Throws<GrpcException>(() => Unpack(Header(name, type, 0)));
        Assert.True(Directory.Exists(Target));
    }

    [Fact]
    public void What_is_no_archive_or_is_cut_off_is_an_error_and_never_anything_else()
    {
        Directory.CreateDirectory(Source);
        File.WriteAllBytes(Source + "/file", new byte[10_000]);
        byte[] archive = Pack();
        for (int length = 1; length < archive.Length - 1024; length += 97)
        {
            byte[] cut = archive[..length];
            Exception? error = Record.Exception(() => Unpack(cut));
            Assert.True(error is null or EndOfStreamException or InvalidDataException, $"{length}: {error}");
            Assert.True(error is not null || length % 512 == 0, $"{length} bytes were taken for an archive.");
        }

        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. archive];
            damaged[random.Next(1536)] ^= (byte)(1 << random.Next(8));
            Exception? error = Record.Exception(() => Unpack(damaged));
            Assert.True(error is null or EndOfStreamException or InvalidDataException or GrpcException or LinuxException, $"{i}: {error}");
        }
    }

    private void Copy() => Unpack(Pack());

    private byte[] Pack()
    {
        var archive = new MemoryStream();
        TarPacker.Open(Source, contentsOnly: true, followLink: true).WriteTo(archive);
        return archive.ToArray();
    }

    private void Unpack(byte[] archive) => new TarUnpacker(Target).ReadFrom(new MemoryStream(archive));

    private static void OnSmallStack(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action), 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static byte[] Header(string name, char type, long size)
    {
        var output = new MemoryStream();
        new TarEncoder(output).WriteHeader(new Islet.Guest.Files.TarEntry
        {
            Name = Bytes(name), Type = (byte)type, Size = size,
            Mode = 0x1A4
        });
        return output.ToArray();
    }

    private static byte[] Padded(ReadOnlySpan<byte> content)
    {
        var padded = new byte[(content.Length + 511) / 512 * 512];
        content.CopyTo(padded);
        return padded;
    }

    private static void WriteFile(byte[] path, ReadOnlySpan<byte> content)
    {
        using Descriptor file = PathOperations.Open(path, OpenFlags.WriteOnly | OpenFlags.Create, 0x1A4);
        Assert.Equal(0, file.WriteAll(content));
    }

    private static byte[] ReadFile(byte[] path)
    {
        using Descriptor file = PathOperations.Open(path, OpenFlags.ReadOnly);
        var content = new byte[1000];
        return content[..file.Read(content)];
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
