namespace Islet.Values;

/// <summary>Makes text from other sources fit to be quoted in a message: short, and on one line.</summary>
internal static class Excerpt
{
    private const int MaxLength = 120;
    private const int MaxQuotedLength = 200;

    /// <summary>Returns the text with U+FFFD for control characters, cut after 120 characters.</summary>
    public static string Of(string text) => Cut(text, MaxLength, '\uFFFD');

    /// <summary>Returns the text in quotation marks, with spaces for control characters, cut after 200 characters.</summary>
    public static string Quote(string text) => $"\"{Cut(text, MaxQuotedLength, ' ')}\"";

    // Control characters from a guest would otherwise control the terminal that shows the message.
    private static string Cut(string text, int length, char instead)
    {
        string line = string.Create(Math.Min(text.Length, length), (text, instead), static (span, state) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(state.text[i]) ? state.instead : state.text[i];
        });
        return text.Length > length ? line + "…" : line;
    }
}
