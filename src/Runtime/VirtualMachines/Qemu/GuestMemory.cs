using System.Globalization;

namespace Islet.VirtualMachines.Qemu;

/// <summary>What a guest's memory is kept in.</summary>
/// <param name="Path">A file, or <see langword="null"/> for memory that no path leads to.</param>
/// <param name="Shared">Whether the guest's writes go to the file, or to a private copy of the pages it touches.</param>
internal sealed record GuestMemory(string? Path, bool Shared)
{
    /// <summary>Memory that ends with the machine.</summary>
    public static GuestMemory Anonymous { get; } = new(null, true);

    /// <summary>Memory in a file: the machine's own when shared, else the frozen one of a template, which is left as it is.</summary>
    public static GuestMemory InFile(string path, bool shared) => new(System.IO.Path.GetFullPath(path), shared);

    /// <summary>The value of QEMU's <c>-object</c>.</summary>
    internal string ToObject(string id, long mebibytes)
    {
        string size = mebibytes.ToString(CultureInfo.InvariantCulture);
        if (Path is null)
            return OperatingSystem.IsLinux() ? $"memory-backend-memfd,id={id},size={size}M,share=on" : $"memory-backend-ram,id={id},size={size}M";
        return $"memory-backend-file,id={id},size={size}M,mem-path={CommandLine.Option(Path)},share={(Shared ? "on" : "off")}";
    }
}
