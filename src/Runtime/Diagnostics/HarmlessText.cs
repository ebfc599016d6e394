using System.Text;

namespace Islet.Diagnostics;

/// <summary>
/// Makes a container's text safe to show. It may contain control sequences for the reader's terminal. It may also contain text that a build
/// server takes for its own commands when it appears in the log (<c>::set-output</c>, <c>##vso[…]</c>, <c>##teamcity[…]</c>).
/// </summary>
internal static class HarmlessText
{
    private static readonly string[] s_workflowMarks = ["##[", "##vso[", "##teamcity["];

    /// <summary>
    /// Returns the text on one line, without control characters and escape sequences. A text longer than the limit is cut, and the result
    /// says so.
    /// </summary>
    public static string Line(ReadOnlySpan<char> text, int longest)
    {
        var line = new StringBuilder(Math.Min(text.Length, longest + 32));
        int i = 0;
        for (; i < text.Length && line.Length < longest; i++)
        {
            char c = text[i];
            if (c == '\e')
                i = EndOfEscapeSequence(text, i);
            else if (!IsDangerous(c))
                line.Append(c is '\t' or '\n' ? ' ' : c);
        }

        string whole = WithoutOrders(line.ToString().TrimEnd());
        return i < text.Length ? $"{whole}… ({text.Length - i} more characters)" : whole;
    }

    /// <summary>Returns the text with the commands of build servers broken up.</summary>
    public static string WithoutOrders(string line)
    {
        if (line.TrimStart().StartsWith("::", StringComparison.Ordinal))
            line = line.Insert(line.IndexOf("::", StringComparison.Ordinal) + 1, " ");
        foreach (string mark in s_workflowMarks)
            line = line.Replace(mark, "## " + mark[2..], StringComparison.OrdinalIgnoreCase);
        return line;
    }

    /// <summary>Whether a character is a control character, or hides or turns the text next to it (Unicode, UAX #9).</summary>
    public static bool IsDangerous(char c) =>
        (char.IsControl(c) && c is not ('\t' or '\n'))
        || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u2028' or '\u2029';

    /// <summary>
    /// Returns the end of an escape sequence (ECMA-48, 5.4): CSI, parameters and intermediates, one final byte. Of other sequences, only
    /// the introducer is skipped.
    /// </summary>
    public static int EndOfEscapeSequence(ReadOnlySpan<char> text, int escape)
    {
        int i = escape + 1;
        if (i >= text.Length || text[i] != '[')
            return escape;

        do
            i++;
        while (i < text.Length && text[i] is >= '\x20' and <= '\x3F');
        return i < text.Length && text[i] is >= '\x40' and <= '\x7E' ? i : i - 1;
    }
}
