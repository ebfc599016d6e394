using System.Runtime.InteropServices;
using Islet.VirtualMachines;

namespace Islet;

/// <summary>The files that a guest starts from: they travel beside the library, in <c>islet/&lt;architecture&gt;/</c>.</summary>
internal sealed record GuestArtifacts(string KernelPath, string InitramfsPath)
{
    /// <exception cref="VirtualMachineException">A file is missing.</exception>
    public static GuestArtifacts Locate(IsletOptions options, string? kernelPath)
    {
        (string directory, string kernel) = RuntimeInformation.OSArchitecture == Architecture.Arm64
            ? ("arm64", "Image")
            : ("x86_64", "vmlinux");
        string shipped = Path.Combine(AppContext.BaseDirectory, "islet", directory);

        return new GuestArtifacts(
            Existing("kernel", kernelPath ?? options.KernelPath ?? Path.Combine(shipped, kernel), "ISLET_KERNEL"),
            Existing("initramfs", options.InitramfsPath ?? Path.Combine(shipped, "initramfs.cpio"), "ISLET_INITRAMFS"));
    }

    private static string Existing(string what, string path, string variable) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new VirtualMachineException(
            $"The guest's {what} is not at {path}. It comes with Islet's package; in a checkout, ./demo.sh or ./test.sh builds it. "
            + $"{variable} names another one.");
}
