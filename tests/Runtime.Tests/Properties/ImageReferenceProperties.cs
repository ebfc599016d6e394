using CsCheck;

namespace Islet.Tests.Properties;

public sealed class ImageReferenceProperties
{
    private static readonly Gen<string> s_letters = Gen.String[Gen.Char["abcxyz0189"], 1, 8];

    private static readonly Gen<string> s_component =
        Gen.Select(s_letters, Gen.OneOf(".", "_", "__", "-", "---"), s_letters, (one, separator, two) => one + separator + two);

    private static readonly Gen<string> s_registry = Gen.OneOf(
        Gen.Const("localhost"), Gen.Const("registry.example.com"), Gen.Int[1, 65_535].Select(port => $"127.0.0.1:{port}"),
        Gen.Const("Upper"));

    private static readonly Gen<string> s_tag =
        Gen.Select(Gen.Char["abcXYZ019_"], Gen.String[Gen.Char["abcXYZ019_.-"], 0, 127], (first, rest) => first + rest);

    private static readonly Gen<string> s_digest = Gen.String[Gen.Char["0123456789abcdef"], 64, 64].Select(digits => "sha256:" + digits);

    private static readonly Gen<string> s_reference = Gen.Select(
        Gen.OneOf(Gen.Const(""), s_registry.Select(registry => registry + "/")),
        s_component.Array[1, 4].Select(components => string.Join('/', components)),
        Gen.OneOf(Gen.Const(""), s_tag.Select(tag => ":" + tag)),
        Gen.OneOf(Gen.Const(""), s_digest.Select(digest => "@" + digest)),
        (registry, repository, tag, digest) => registry + repository + tag + digest);

    [Fact]
    public void A_reference_keeps_its_parts_and_is_read_back_from_its_full_text() => s_reference.Sample(text =>
    {
        var reference = Assert.IsType<RegistryReference>(ImageReference.Parse(text));
        string full = reference.ToString();
        Assert.Equal(reference, ImageReference.Parse(full));
        Assert.Equal(full, ImageReference.Parse(full).ToString());
        Assert.EndsWith(text.Split('@')[0].Split('/')[^1].Split(':')[0], reference.Repository, StringComparison.Ordinal);
    });

    [Fact]
    public void Any_text_is_a_reference_or_a_format_error() => Gen.OneOf(
        Gen.String, Gen.String[Gen.Char["aB1.:/@_-\0 "], 0, 40], Gen.Select(s_reference, Gen.Char, Gen.Int[0, 200], Insert)).Sample(text =>
    {
        try
        {
            ImageReference parsed = ImageReference.Parse(text);
            return ImageReference.Parse(parsed.ToString()) == parsed;
        }
        catch (FormatException exception)
        {
            return exception.Message.Length < 1000;
        }
    });

    private static string Insert(string text, char character, int at) => text.Insert(at % (text.Length + 1), character.ToString());
}
