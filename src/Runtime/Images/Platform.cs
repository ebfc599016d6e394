using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Islet.Values;

namespace Islet;

/// <summary>
/// The platform that an image's programs are built for, in the words of Go's GOOS and GOARCH (OCI image specification, image-index.md).
/// </summary>
public sealed record Platform
{
    private Platform(string os, string architecture, string? variant) => (Os, Architecture, Variant) = (os, architecture, variant);

    /// <summary>The platform linux/amd64: 64-bit x86.</summary>
    public static Platform LinuxAmd64 { get; } = new("linux", "amd64", null);

    /// <summary>The platform linux/arm64: 64-bit ARM.</summary>
    public static Platform LinuxArm64 { get; } = new("linux", "arm64", null);

    /// <summary>Linux on the host's own architecture.</summary>
    public static Platform Host { get; } = RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64
        ? LinuxArm64
        : LinuxAmd64;

    /// <summary>
    /// The architecture of the machines whose kernel runs this platform's programs, or <see langword="null"/> if there are none.
    /// </summary>
    internal Architecture? MachineArchitecture => (Os, Architecture) switch
    {
        ("linux", "amd64" or "386") => System.Runtime.InteropServices.Architecture.X64,
        ("linux", "arm64") => System.Runtime.InteropServices.Architecture.Arm64,
        _ => null,
    };

    /// <summary>Whether the kernel of the host's own machines runs this platform's programs.</summary>
    internal bool IsHosts => MachineArchitecture == Host.MachineArchitecture;

    /// <summary>The operating system: <c>linux</c>.</summary>
    public string Os { get; }

    /// <summary>The architecture: <c>amd64</c>, <c>arm64</c>.</summary>
    public string Architecture { get; }

    /// <summary>The architecture's variant (<c>v3</c> in linux/amd64/v3), or <see langword="null"/> for its plain form.</summary>
    public string? Variant { get; }

    /// <summary>
    /// Reads <c>os/architecture[/variant]</c>; <c>x86_64</c>, <c>aarch64</c> and <c>arm64/v8</c> become their usual names.
    /// </summary>
    /// <exception cref="FormatException">The text is not a platform.</exception>
    public static Platform Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Platform? platform)
            ? platform
            : throw new FormatException(
                $"“{Excerpt.Of(text)}” is not a platform: expected os/architecture or os/architecture/variant, as in linux/arm64.");
    }

    /// <summary>Reads <c>os/architecture[/variant]</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Platform? platform)
    {
        platform = null;
        if (text?.Split('/') is not { Length: 2 or 3 } parts || !parts.All(IsName))
            return false;

        platform = Create(parts[0], parts[1], parts.ElementAtOrDefault(2));
        return true;
    }

    /// <summary>
    /// Returns the platform that a document names, in upper or lower case, or <see langword="null"/> when the document names no valid one.
    /// Missing parts get the defaults of Docker and containerd: Linux, on the host's own architecture.
    /// </summary>
    internal static Platform? FromDocument(string? os, string? architecture, string? variant)
    {
        (os, architecture, variant) = (Normal(os) ?? Host.Os, Normal(architecture) ?? Host.Architecture, Normal(variant));
        return IsName(os) && IsName(architecture) && (variant is null || IsName(variant)) ? Create(os, architecture, variant) : null;
    }

    private static string? Normal(string? part) => string.IsNullOrEmpty(part) ? null : part.ToLowerInvariant();

    /// <summary>
    /// Returns the distance of an offered platform whose programs also run on this one, or <see langword="null"/> when they do not run
    /// here. The distance is 0 for the same platform, and grows with the processor features that the variant requires (amd64/v2,
    /// arm64/v8.2, arm/v6).
    /// </summary>
    internal int? Distance(Platform offered)
    {
        if (offered.Os != Os || offered.Architecture != Architecture)
            return null;
        if (offered.Variant == Variant)
            return 0;
        if (Architecture is not ("amd64" or "arm64" or "arm") || Level(offered.Variant) is not { } level || Level(Variant) is not { } own)
            return null;

        // A caller who names no variant means this machine, whatever its level; a caller who names a level means that level at most.
        return Variant is null || level <= own ? 1 + Math.Abs(level - own) : null;
    }

    /// <summary>Returns the variant's level: v3 is 30, v8.2 is 82; no variant is the lowest.</summary>
    private static int? Level(string? variant) => variant is null
        ? 0
        : double.TryParse(variant.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double level)
            && variant[0] == 'v' && level is > 0 and < 1000
            ? (int)(level * 10)
            : null;

    /// <summary>Returns <c>linux/arm64</c>.</summary>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";

    private static Platform Create(string os, string architecture, string? variant)
    {
        // As containerd: of the names of 32-bit ARM, one means v6 and all others, also the plain one, v7.
        (architecture, variant) = (architecture, variant) switch
        {
            ("x86_64" or "x86-64", _) => ("amd64", variant),
            ("aarch64", _) => ("arm64", variant),
            ("i386", _) => ("386", variant),
            ("armel", _) => ("arm", "v6"),
            ("armhf", _) or ("arm", null or "" or "7") => ("arm", "v7"),
            ("arm", "5" or "6" or "8") => ("arm", "v" + variant),
            _ => (architecture, variant),
        };
        bool isBaseline = string.IsNullOrEmpty(variant) || (architecture, variant) is ("arm64", "v8" or "8") or ("amd64", "v1");
        return new Platform(os, architecture, isBaseline ? null : variant);
    }

    private static bool IsName(string? part) =>
        part is { Length: > 0 and <= 32 } && part.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-' or '.');
}
