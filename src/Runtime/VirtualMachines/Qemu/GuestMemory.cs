using System.Globalization;

namespace Islet.VirtualMachines.Qemu;

/// <summary>The storage of a guest's memory.</summary>
/// <param name="Path">The file, or <see langword="null"/> for memory without a path.</param>
/// <param name="Shared">Whether the guest's writes go to the file, or to a private copy of the pages it touches.</param>
internal sealed record GuestMemory(string? Path, bool Shared)
{
    /// <summary>Memory that ends with the machine.</summary>
    public static GuestMemory Anonymous { get; } = new(null, true);

    /// <summary>
    /// Returns memory in a file: the machine's own if shared, otherwise the saved one of a template, which is not changed.
    /// </summary>
    public static GuestMemory InFile(string path, bool shared) => new(System.IO.Path.GetFullPath(path), shared);

    /// <summary>Returns the value of QEMU's <c>-object</c>.</summary>
    internal string ToObject(string id, long mebibytes)
    {
        string size = mebibytes.ToString(CultureInfo.InvariantCulture);
        if (Path is null)
            return OperatingSystem.IsLinux()
                ? $"memory-backend-memfd,id={id},size={size}M,share=on"
                : $"memory-backend-ram,id={id},size={size}M";
        return $"memory-backend-file,id={id},size={size}M,mem-path={CommandLine.Option(Path)},share={(Shared ? "on" : "off")}";
    }
}
