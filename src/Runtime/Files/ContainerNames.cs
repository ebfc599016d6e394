using System.Text;

namespace Islet.Files;

/// <summary>Paths inside a container, which are bytes there and text in .NET.</summary>
internal static class ContainerNames
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of a path, without slashes at its ends.</summary>
    /// <exception cref="ArgumentException">It has half a character in it, which no bytes stand for.</exception>
    public static byte[] ToEntryName(string path) => s_strict.GetBytes(path.Trim('/'));
}
