namespace Islet.Native.Posix;

/// <summary>Creates second names of files: link(2).</summary>
internal static class HardLink
{
    /// <summary>
    /// Gives a file another name in addition to its own; returns false if that is impossible, for example on another device.
    /// </summary>
    public static bool TryCreate(string path, string newPath) => Libc.Link(path, newPath) == 0;
}
