namespace Islet.Containers.Waiting;

/// <summary>Cuts what came out of a guest to a length that a message can carry.</summary>
internal static class Excerpt
{
    private const int Length = 200;

    /// <summary>The text in quotation marks, on one line, without control characters; cut after 200 characters.</summary>
    public static string Quote(string text)
    {
        bool cut = text.Length > Length;
        string shown = string.Create(cut ? Length : text.Length, text, (characters, source) =>
        {
            // A guest's control characters would otherwise command the terminal that shows the message.
            for (int i = 0; i < characters.Length; i++)
                characters[i] = char.IsControl(source[i]) ? ' ' : source[i];
        });
        return cut ? $"\"{shown}…\"" : $"\"{shown}\"";
    }
}
