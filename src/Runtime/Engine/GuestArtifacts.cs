using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Islet.Engine;

/// <summary>The files that a guest starts from. They come with the library, in <c>islet/&lt;architecture&gt;/</c>.</summary>
/// <remarks>
/// The settings' own paths are of guests for the host's architecture. A guest for another one always boots the files that came with Islet,
/// except for a kernel that the container's builder names.
/// </remarks>
internal sealed record GuestArtifacts(string KernelPath, string InitramfsPath)
{
    private const string Initramfs = "initramfs.cpio";

    /// <summary>The architecture of the machine.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The translator that the initramfs has, for programs of another architecture.</summary>
    public Translator? Translator { get; init; }

    /// <summary>Returns the files, which need not exist.</summary>
    public static GuestArtifacts Of(GuestPaths paths, string? kernelPath, Architecture architecture) =>
        Find(IsHosts(architecture) ? paths : new GuestPaths(null, null), kernelPath, architecture, Places());

    /// <summary>
    /// Returns the paths of the files: those that the caller names, else those that came with Islet. If they are missing, the paths are
    /// those in the first place that is searched.
    /// </summary>
    internal static GuestArtifacts Find(GuestPaths paths, string? kernelPath, Architecture architecture, IReadOnlyList<string> places)
    {
        string folder = FolderOf(architecture);
        string shipped = Path.Combine(places.FirstOrDefault(place => Directory.Exists(Path.Combine(place, folder)), places[0]), folder);
        return new GuestArtifacts(
            Path.GetFullPath(kernelPath ?? paths.Kernel ?? Path.Combine(shipped, architecture == Architecture.Arm64 ? "Image" : "vmlinux")),
            Path.GetFullPath(paths.Initramfs ?? Path.Combine(shipped, Initramfs)))
        {
            Architecture = architecture,
        };
    }

    /// <summary>Returns the reason why machines can't start with these files, and what to do; null if no file is missing.</summary>
    internal string? FindFault()
    {
        if (!File.Exists(KernelPath))
            return Missing("kernel", KernelPath, "ISLET_KERNEL", Architecture);
        return File.Exists(InitramfsPath) ? null : Missing("initramfs", InitramfsPath, "ISLET_INITRAMFS", Architecture);
    }

    private static string Missing(string what, string path, string variable, Architecture architecture)
    {
        string shipped = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        if (Path.GetFileName(shipped) == "islet" && Directory.Exists(shipped)
            && !Directory.Exists(Path.Combine(shipped, FolderOf(architecture))))
        {
            string there = string.Join(", ", Directory.EnumerateDirectories(shipped).Select(Path.GetFileName).Order());
            return $"This Islet comes without a guest for {FolderOf(architecture)}: {shipped} has {(there.Length > 0 ? there : "none")}. "
                + $"Take a package that was made with one; in a checkout, {CommandFor(architecture)} builds it. "
                + (IsHosts(architecture)
                    ? "ISLET_KERNEL and ISLET_INITRAMFS name a kernel and an initramfs of your own."
                    : "A program that was built for one runtime identifier takes it along with the property IsletCopyGuest=all.");
        }

        return $"The guest's {what} is not at {path}. It comes with Islet's package; in a checkout, {CommandFor(architecture)} builds it."
            + (IsHosts(architecture) ? $" {variable} names another one." : "");
    }

    private static string CommandFor(Architecture architecture) =>
        architecture == Architecture.Arm64 ? "./eng/setup.sh --arm64" : "./eng/setup.sh";

    private static bool IsHosts(Architecture architecture) => architecture == RuntimeInformation.OSArchitecture;

    private static string FolderOf(Architecture architecture) => architecture == Architecture.Arm64 ? "arm64" : "x86_64";

    // Next to the program, where a build and a publish copy them. Scripts and notebooks load the library from its package, lib/net10.0/.
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "A program in a single file has no such place, and needs none.")]
    private static IReadOnlyList<string> Places()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, "islet");
        return Path.GetDirectoryName(typeof(GuestArtifacts).Assembly.Location) is { Length: > 0 } library
            ? [beside, Path.Combine(library, "islet"), Path.Combine(library, "..", "..", "islet")]
            : [beside];
    }
}
