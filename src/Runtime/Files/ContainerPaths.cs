using System.Text;

namespace Islet.Files;

/// <summary>Paths inside a container, which are bytes there and text in .NET.</summary>
internal static class ContainerPaths
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the bytes of a path, without slashes at its ends.</summary>
    /// <exception cref="ArgumentException">The path contains half a character (a lone surrogate), which has no bytes.</exception>
    public static byte[] ToEntryName(string path) => s_strict.GetBytes(path.Trim('/'));
}
