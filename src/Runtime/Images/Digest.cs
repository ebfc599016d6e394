using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Islet.Images;
using Islet.Values;

namespace Islet;

/// <summary>
/// The name of content by its hash: <c>sha256:</c> and 64, or <c>sha512:</c> and 128 lower-case hexadecimal digits (OCI image
/// specification, descriptor.md, "Digests"). An instance is always valid, so its parts can safely become part of a path or a URL.
/// </summary>
[JsonConverter(typeof(DigestJsonConverter))]
public sealed record Digest
{
    private Digest(string algorithm, string hex) => (Algorithm, Hex) = (algorithm, hex);

    /// <summary>The hash algorithm: <c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm { get; }

    /// <summary>The hash in lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>Reads a digest.</summary>
    /// <exception cref="FormatException">The text is not a digest; the message says why.</exception>
    public static Digest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Digest? digest)
            ? digest
            : throw new FormatException(
                $"“{Excerpt.Of(text)}” is not a digest: expected sha256: and 64, or sha512: and 128 lower-case hexadecimal digits.");
    }

    /// <summary>Reads a digest strictly: no white space, no upper-case digits, no other algorithm.</summary>
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

    /// <summary>Returns the SHA-256 digest of bytes.</summary>
    public static Digest Sha256(ReadOnlySpan<byte> content) => FromHash("sha256", SHA256.HashData(content));

    /// <summary>Returns <c>sha256:…</c>.</summary>
    public override string ToString() => Algorithm + ":" + Hex;

    /// <summary>Returns the algorithm and the first twelve digits, for a person to read.</summary>
    internal string ToShortString() => Algorithm + ":" + Hex[..12] + "…";

    /// <summary>Creates an empty hash of this digest's algorithm. The caller owns it.</summary>
    internal IncrementalHash CreateHash() =>
        IncrementalHash.CreateHash(Algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    /// <summary>Whether the hashed content has this digest. Resets the hash.</summary>
    internal bool Matches(IncrementalHash hash) => Hex == Convert.ToHexStringLower(hash.GetHashAndReset());

    /// <summary>Whether these bytes have this digest.</summary>
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
