using System.ComponentModel;
using System.Diagnostics;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.SaveRestore;

public sealed class SavedDiskTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("islet-saved-").FullName;

    [Fact]
    public void Overlay_on_a_frozen_overlay_shows_what_both_below_it_hold()
    {
        string image = PathOf("image"), saved = PathOf("saved"), overlay = PathOf("overlay"), copy = PathOf("copy");
        File.WriteAllBytes(image, [.. Enumerable.Repeat((byte)1, 1 << 20)]);
        Qcow2Overlay.Create(saved, new DiskImage(image));
        Run("qemu-io", "-f", "qcow2", "-c", "write -P 2 512k 512k", saved);

        Qcow2Overlay.Create(overlay, new DiskImage(saved, DiskFormat.Qcow2, new DiskImage(image)));

        Run("qemu-img", "check", overlay);
        Run("qemu-img", "dd", "-f", "qcow2", "-O", "raw", "bs=512k", "count=3", "if=" + overlay, "of=" + copy);
        byte[] seen = File.ReadAllBytes(copy);
        Assert.Equal([1, 2, 0], [seen[0], seen[512 << 10], seen[1 << 20]]);
    }

    [Fact]
    public void Overlay_on_a_file_that_is_no_qcow2_is_refused()
    {
        File.WriteAllBytes(PathOf("image"), new byte[4096]);

        Assert.Throws<VirtualMachineException>(
            () => Qcow2Overlay.Create(PathOf("overlay"), new DiskImage(PathOf("image"), DiskFormat.Qcow2)));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string PathOf(string name) => Path.Combine(_directory, name);

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, output);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed (apt-get install qemu-utils).");
        }
    }
}
