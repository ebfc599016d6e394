namespace Islet.Native.Posix;

/// <summary>Second names of files: link(2).</summary>
internal static class HardLink
{
    /// <summary>Gives a file another name beside its own; says no where that can't be, such as on another device.</summary>
    public static bool TryCreate(string path, string newPath) => Libc.Link(path, newPath) == 0;
}
