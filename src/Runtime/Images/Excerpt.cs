namespace Islet.Images;

/// <summary>Foreign text made fit to be quoted in a message: short, and on one line.</summary>
internal static class Excerpt
{
    private const int MaxLength = 120;

    public static string Of(string text)
    {
        string line = string.Create(Math.Min(text.Length, MaxLength), text, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) ? '�' : source[i];
        });
        return text.Length > MaxLength ? line + "…" : line;
    }
}
