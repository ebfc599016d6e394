using System.Text;
using Islet.Engine;
using Islet.Tests.Images;

namespace Islet.Tests.Engine;

public sealed class TranslatorTests : IDisposable
{
    // An executable for x86-64 with one segment, whose type is 1 (loaded) or 3 (the program that loads it).
    private static readonly byte[] s_program = [
        0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[25], 64, .. new byte[21], 56, 0, 1, .. new byte[7], 1, .. new byte[55]];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("aarch64", "7f454c460201010000000000000000000200b700", "ffffffffffffff00fffffffffffffffffeffffff")]
    [InlineData("i386", "7f454c4601010100000000000000000002000300", "ffffffffffffff00fffffffffffffffffeffffff")]
    [InlineData("s390x", "7f454c4602020100000000000000000000020016", "ffffffffffffff00fffffffffffffffffffeffff")]
    public void The_rule_is_the_one_of_QEMU(string architecture, string magic, string mask)
    {
        string Escaped(string hex) => string.Concat(hex.Chunk(2).Select(pair => $"\\x{new string(pair)}"));
        Assert.Equal(
            $":islet-{architecture}:M::{Escaped(magic)}:{Escaped(mask)}:/t:OCFP", new Translator(architecture, "/usr/bin/x").ToRule("/t"));
    }

    [Fact]
    public void A_static_program_is_found_by_either_name()
    {
        string path = Program("qemu-aarch64", s_program);
        Assert.Equal(new Translator("aarch64", path), Find("linux/arm64"));
        string preferred = Program("qemu-aarch64-static", s_program);
        Assert.Equal(new Translator("aarch64", preferred), Find("linux/arm64"));
        Assert.Null(Find("linux/riscv64"));
    }

    [Fact]
    public void A_program_that_needs_a_loader_can_not_run_in_a_machine()
    {
        byte[] dynamic = [.. s_program];
        dynamic[64] = 3;
        string path = Program("qemu-riscv64", dynamic);
        Assert.Null(Translator.Find(Platform.Parse("linux/riscv64"), _directory.Path, out string reason));
        Assert.StartsWith($"{path} is no static program", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("#!/bin/sh\n")]
    public void A_script_or_an_empty_file_is_no_translator(string content)
    {
        Program("qemu-riscv64-static", Encoding.ASCII.GetBytes(content));
        Assert.Null(Find("linux/riscv64"));
    }

    [Fact]
    public void A_missing_one_is_named_with_the_package_that_has_it()
    {
        Assert.Null(Translator.Find(Platform.LinuxArm64, _directory.Path, out string reason));
        Assert.Contains("there is neither qemu-aarch64-static nor qemu-aarch64 in PATH", reason, StringComparison.Ordinal);
        Assert.Contains("apt-get install qemu-user-static", reason, StringComparison.Ordinal);
        Assert.Null(Translator.Find(Platform.Parse("linux/mips"), _directory.Path, out reason));
        Assert.Equal("No translator is known for linux/mips.", reason);
    }

    [Fact]
    public void The_initramfs_is_made_once_for_each_content_of_both_and_removed_when_it_was_not_used_for_long()
    {
        string cache = Path.Combine(_directory.Path, "cache");
        var maker = new TranslatorInitramfs(cache);
        string initramfs = Path.Combine(_directory.Path, "initramfs.cpio");
        File.WriteAllBytes(initramfs, [1, 2, 3, 4, 5]);
        var translator = new Translator("aarch64", Program("qemu-aarch64", s_program));

        string first = maker.Prepare(initramfs, translator);
        byte[] made = File.ReadAllBytes(first);
        Assert.Equal<byte[]>([1, 2, 3, 4, 5, 0, 0, 0], made[..8]);
        Assert.True(made.AsSpan().IndexOf(s_program) > 0);
        Assert.Equal(first, maker.Prepare(initramfs, translator));

        File.AppendAllText(translator.Path, "of another version");
        string second = maker.Prepare(initramfs, translator);
        Assert.NotEqual(first, second);
        Assert.Equal(Order(first, second), Directory.GetFiles(Path.GetDirectoryName(second)!).Order());

        // A machine that runs reads its initramfs again when it is saved.
        File.SetLastWriteTimeUtc(first, DateTime.UtcNow.AddDays(-31));
        File.AppendAllText(initramfs, "of another version");
        string third = maker.Prepare(initramfs, translator);
        Assert.Equal(Order(second, third), Directory.GetFiles(Path.GetDirectoryName(second)!).Order());
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(third)!));

        static IEnumerable<string> Order(params string[] paths) => paths.Order();
    }

    private Translator? Find(string platform) => Translator.Find(Platform.Parse(platform), _directory.Path, out _);

    private string Program(string name, byte[] content)
    {
        string path = Path.Combine(_directory.Path, name);
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
