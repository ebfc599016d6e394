using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Islet.Snapshots;

/// <summary>
/// The key by which a snapshot is found: 64 lower-case hexadecimal digits, made by a <see cref="SnapshotKeyBuilder"/> or at random. An
/// instance is always valid, so that it may become a part of a path.
/// </summary>
internal sealed record SnapshotKey
{
    private const int Digits = 64;

    private readonly string _hex;

    private SnapshotKey(string hex) => _hex = hex;

    /// <summary>Returns a unique key, for a snapshot that is not identified by what it was made from.</summary>
    public static SnapshotKey NewRandom() => FromHash(RandomNumberGenerator.GetBytes(Digits / 2));

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException">The text is not a key.</exception>
    public static SnapshotKey Parse(string text) => TryParse(text, out SnapshotKey? key)
        ? key
        : throw new FormatException($"This is not the key of a snapshot: expected {Digits} lower-case hexadecimal digits.");

    /// <summary>Reads a key. Only the exact form is accepted.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SnapshotKey? key)
    {
        key = text is { Length: Digits } && text.All(char.IsAsciiHexDigitLower) ? new SnapshotKey(text) : null;
        return key is not null;
    }

    /// <summary>Returns the digits.</summary>
    public override string ToString() => _hex;

    internal static SnapshotKey FromHash(byte[] sha256) => new(Convert.ToHexStringLower(sha256));
}
