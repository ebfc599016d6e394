using System.Text;

namespace Islet.Diagnostics;

/// <summary>
/// Makes text that a container wrote harmless to show: it may hold orders to the reader's terminal, and such that a build server takes for
/// its own (<c>::set-output</c>, <c>##vso[…]</c>, <c>##teamcity[…]</c>) when they stand in its log.
/// </summary>
internal static class HarmlessText
{
    private static readonly string[] s_workflowMarks = ["##[", "##vso[", "##teamcity["];

    /// <summary>The text on one line, without control characters and escape sequences, cut to a length, and saying so when it was cut.</summary>
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

    /// <summary>The text with what a build server would carry out taken apart.</summary>
    public static string WithoutOrders(string line)
    {
        if (line.TrimStart().StartsWith("::", StringComparison.Ordinal))
            line = line.Insert(line.IndexOf("::", StringComparison.Ordinal) + 1, " ");
        foreach (string mark in s_workflowMarks)
            line = line.Replace(mark, "## " + mark[2..], StringComparison.OrdinalIgnoreCase);
        return line;
    }

    /// <summary>Whether a character orders something, or hides or turns what stands next to it (Unicode, UAX #9).</summary>
    public static bool IsDangerous(char c) =>
        (char.IsControl(c) && c is not ('\t' or '\n')) || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u2028' or '\u2029';

    /// <summary>ECMA-48, 5.4: CSI, parameters and intermediates, one final byte. Of other sequences only the introducer goes.</summary>
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
