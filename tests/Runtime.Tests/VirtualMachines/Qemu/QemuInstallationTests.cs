using System.Runtime.InteropServices;
using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class QemuInstallationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("islet-qemu-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Find_not_in_the_path_names_the_package()
    {
        Assert.Null(QemuInstallation.Find(Architecture.X64, chosen: null, searchPath: "", out string reason));

        Assert.Contains("there is no qemu-system-x86_64 in PATH", reason, StringComparison.Ordinal);
        Assert.Contains(
            OperatingSystem.IsMacOS() ? "brew install qemu" : "apt-get install qemu-system-x86", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_each_architecture_has_a_program_and_a_package_of_its_own()
    {
        Fake("echo 'QEMU emulator version 9.0.0'");

        Assert.Null(QemuInstallation.Find(Architecture.Arm64, chosen: null, _directory, out string reason));
        Assert.Contains("there is no qemu-system-aarch64 in PATH", reason, StringComparison.Ordinal);
        Assert.Contains(
            OperatingSystem.IsMacOS() ? "brew install qemu" : "apt-get install qemu-system-arm", reason, StringComparison.Ordinal);
        string program = Fake("echo 'QEMU emulator version 9.0.0'", "qemu-system-aarch64");
        Assert.Equal(program, QemuInstallation.Find(Architecture.Arm64, null, _directory, out _)?.Path);
    }

    [Fact]
    public void Find_too_old_says_both_versions()
    {
        Fake("echo 'QEMU emulator version 6.2.0 (Debian 1:6.2+dfsg-2)'");

        Assert.Null(QemuInstallation.Find(Architecture.X64, null, _directory, out string reason));
        Assert.Contains("is QEMU 6.2.0; Islet needs 7.2 or newer", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_new_enough_is_found_with_its_version()
    {
        string program = Fake("echo 'QEMU emulator version 10.0.2'");

        Assert.Equal(
            new QemuInstallation(program, new Version(10, 0, 2)), QemuInstallation.Find(Architecture.X64, null, _directory, out _));
    }

    [Fact]
    public void Find_program_replaced_by_another_is_asked_again()
    {
        string program = Fake("echo 'QEMU emulator version 6.2.0'");
        Assert.Null(QemuInstallation.Find(Architecture.X64, null, _directory, out _));

        Fake("echo 'QEMU emulator version 8.2.0'");
        File.SetLastWriteTimeUtc(program, DateTime.UtcNow.AddMinutes(1));

        Assert.NotNull(QemuInstallation.Find(Architecture.X64, null, _directory, out _));
    }

    [Theory]
    [InlineData("exit 1")]
    [InlineData("echo hello")]
    [InlineData("yes")]
    public void Find_program_that_is_no_qemu_is_refused(string script)
    {
        Fake(script);

        Assert.Null(QemuInstallation.Find(Architecture.X64, null, _directory, out string reason));
        Assert.Contains("does not say which QEMU it is", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_chosen_one_goes_before_the_path()
    {
        Fake("echo 'QEMU emulator version 6.2.0'");
        string chosen = Fake("echo 'QEMU emulator version 9.0.0'", "my-qemu");

        Assert.Equal(chosen, QemuInstallation.Find(Architecture.X64, chosen, _directory, out _)?.Path);
    }

    [Fact]
    public void Find_chosen_one_is_missing_does_not_fall_back()
    {
        Fake("echo 'QEMU emulator version 9.0.0'");

        Assert.Null(QemuInstallation.Find(Architecture.X64, Path.Combine(_directory, "nothing"), _directory, out string reason));
        Assert.Contains("ISLET_QEMU", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright", "7.2.22")]
    [InlineData("QEMU emulator version 8.1", "8.1")]
    [InlineData("QEMU emulator version 9.0.0-rc1", "9.0.0")]
    public void ParseVersion_reads_what_distributions_print(string output, string version) =>
        Assert.Equal(Version.Parse(version), QemuInstallation.ParseVersion(output));

    [Theory]
    [InlineData("")]
    [InlineData("qemu-img version 7.2.22")]
    [InlineData("QEMU emulator version x")]
    [InlineData("QEMU emulator version 99999999999999.1")]
    public void ParseVersion_other_text_has_none(string output) => Assert.Null(QemuInstallation.ParseVersion(output));

    private string Fake(string script, string name = "qemu-system-x86_64")
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
