using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Islet.Images;
using Islet.Values;

namespace Islet;

/// <summary>
/// The name of content by its hash: <c>sha256:</c> and 64, or <c>sha512:</c> and 128 lower-case hexadecimal digits (OCI image
/// specification, descriptor.md, "Digests"). An instance is always valid, so that its parts may become a path or a URL.
/// </summary>
[JsonConverter(typeof(DigestJsonConverter))]
public sealed record Digest
{
    private Digest(string algorithm, string hex) => (Algorithm, Hex) = (algorithm, hex);

    /// <summary><c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm { get; }

    /// <summary>The hash in lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>Reads a digest.</summary>
    /// <exception cref="FormatException">It is not one; the message says why.</exception>
    public static Digest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Digest? digest)
            ? digest
            : throw new FormatException(
                $"“{Excerpt.Of(text)}” is not a digest: expected sha256: and 64, or sha512: and 128 lower-case hexadecimal digits.");
    }

    /// <summary>Reads a digest, to the letter: no white space, no upper-case digits, no other algorithm.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Digest? digest)
    {
        digest = null;
        if (text is null || text.Length < 7 || text[6] != ':')
            return false;

        string? algorithm = text.AsSpan(0, 6) switch { "sha256" => "sha256", "sha512" => "sha512", _ => null };
        int digits = algorithm == "sha256" ? 64 : 128;
        ReadOnlySpan<char> hex = text.AsSpan(7);
        if (algorithm is null || hex.Length != digits || !IsLowerHex(hex))
            return false;

        digest = new Digest(algorithm, hex.ToString());
        return true;
    }

    /// <summary>The SHA-256 of bytes.</summary>
    public static Digest Sha256(ReadOnlySpan<byte> content) => FromHash("sha256", SHA256.HashData(content));

    /// <summary><c>sha256:…</c></summary>
    public override string ToString() => Algorithm + ":" + Hex;

    /// <summary>The algorithm and the first twelve digits, for a person to read.</summary>
    internal string ToShortString() => Algorithm + ":" + Hex[..12] + "…";

    /// <summary>A new, empty hash of this digest's algorithm. The caller owns it.</summary>
    internal IncrementalHash CreateHash() =>
        IncrementalHash.CreateHash(Algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    /// <summary>Is this the digest of what was hashed? Resets the hash.</summary>
    internal bool Matches(IncrementalHash hash) => Hex == Convert.ToHexStringLower(hash.GetHashAndReset());

    /// <summary>Is this the digest of these bytes?</summary>
    internal bool Matches(ReadOnlySpan<byte> content)
    {
        using IncrementalHash hash = CreateHash();
        hash.AppendData(content);
        return Matches(hash);
    }

    private static bool IsLowerHex(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
                return false;
        }

        return true;
    }

    internal static Digest FromHash(string algorithm, byte[] hash) => new(algorithm, Convert.ToHexStringLower(hash));
}
