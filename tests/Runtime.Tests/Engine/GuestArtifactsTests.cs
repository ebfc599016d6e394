using System.Runtime.InteropServices;
using Islet.Engine;
using Islet.Tests.Images;

namespace Islet.Tests.Engine;

public sealed class GuestArtifactsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void The_guest_of_this_architecture_is_found_beside_the_program()
    {
        string place = Place("beside", "x86_64/vmlinux", "x86_64/initramfs.cpio", "arm64/Image", "arm64/initramfs.cpio");
        GuestArtifacts found = Find(Architecture.X64, place);
        Assert.Equal(Path.Combine(place, "x86_64", "vmlinux"), found.KernelPath);
        Assert.Equal(Path.Combine(place, "x86_64", "initramfs.cpio"), found.InitramfsPath);
        Assert.Null(found.FindFault());
        Assert.Equal(Path.Combine(place, "arm64", "Image"), Find(Architecture.Arm64, place).KernelPath);
    }

    [Fact]
    public void A_library_that_was_loaded_from_its_package_finds_the_guest_there()
    {
        string package = Place("package", "x86_64/vmlinux", "x86_64/initramfs.cpio");
        Assert.StartsWith(
            package, Find(Architecture.X64, Path.Combine(_directory.Path, "missing"), package).KernelPath, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_without_a_guest_for_this_architecture_says_which_it_has()
    {
        string place = Place("beside", "x86_64/vmlinux", "x86_64/initramfs.cpio");
        string? fault = Find(Architecture.Arm64, place).FindFault();
        Assert.StartsWith($"This Islet comes without a guest for arm64: {place} has x86_64.", fault, StringComparison.Ordinal);
        Assert.Contains("./eng/setup.sh --arm64 builds it", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named_with_the_variable_that_replaces_it()
    {
        string place = Place("beside", "x86_64/vmlinux");
        string? fault = Find(Architecture.X64, place).FindFault();
        Assert.Contains(Path.Combine(place, "x86_64", "initramfs.cpio"), fault, StringComparison.Ordinal);
        Assert.Contains("ISLET_INITRAMFS", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runtime_without_a_guest_says_that_no_machine_can_run()
    {
        using var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = _directory.Path, KernelPath = "/missing/vmlinux" });
        Assert.False(runtime.Support.IsSupported);
        Assert.NotEmpty(runtime.Support.Reason);
    }

    [Fact]
    public void The_settings_name_the_files_of_the_hosts_own_architecture_only()
    {
        bool isArm = RuntimeInformation.OSArchitecture == Architecture.Arm64;
        Architecture other = isArm ? Architecture.X64 : Architecture.Arm64;
        var paths = new GuestPaths("/missing/kernel", "/missing/initramfs");
        Assert.Contains(
            "/missing/kernel", GuestArtifacts.Of(paths, null, RuntimeInformation.OSArchitecture).FindFault(), StringComparison.Ordinal);
        Assert.DoesNotContain("/missing/", GuestArtifacts.Of(paths, null, other).FindFault() ?? "", StringComparison.Ordinal);
        Assert.Contains("/own/kernel", GuestArtifacts.Of(paths, "/own/kernel", other).FindFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_runtime_has_no_machines_for_a_platform_of_neither_architecture()
    {
        using var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = _directory.Path });
        BackendSupport support = runtime.SupportFor(Platform.Parse("linux/s390x"), Emulation.System);
        Assert.False(support.IsSupported);
        Assert.Equal("There are machines for linux/amd64 and linux/arm64, not for linux/s390x.", support.Reason);
    }

    public void Dispose() => _directory.Dispose();

    private static GuestArtifacts Find(Architecture architecture, params string[] places) =>
        GuestArtifacts.Find(new GuestPaths(null, null), null, architecture, places);

    private string Place(string name, params string[] files)
    {
        string place = Path.Combine(_directory.Path, name, "islet");
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(place, file))!);
            File.WriteAllText(Path.Combine(place, file), "");
        }

        return place;
    }
}
