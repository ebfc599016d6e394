using System.Text;

namespace Islet.VirtualMachines.Qemu;

/// <summary>Makes text from a console harmless to show: a guest may write anything, including orders to the reader's terminal.</summary>
internal static class ConsoleText
{
    private const int LongestLine = 1000;

    /// <summary>The last lines, oldest first, without control characters, escape sequences and empty lines.</summary>
    public static IReadOnlyList<string> LastLines(ReadOnlySpan<byte> bytes, int count)
    {
        List<string> lines = [];
        var line = new StringBuilder();
        ReadOnlySpan<char> text = Encoding.UTF8.GetString(bytes);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\n')
                Flush();
            else if (c == '\e')
                i = EndOfEscapeSequence(text, i);
            else if (!IsDangerous(c) && line.Length < LongestLine)
                line.Append(c == '\t' ? ' ' : c);
        }

        Flush();
        return lines.Count <= count ? lines : lines[^Math.Max(count, 0)..];

        void Flush()
        {
            string whole = line.ToString().TrimEnd();
            if (whole.Length > 0)
                lines.Add(whole);
            line.Clear();
        }
    }

    // Direction overrides can make a line read as something else (Unicode, UAX #9).
    private static bool IsDangerous(char c) => (char.IsControl(c) && c != '\t') || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069';

    // ECMA-48, 5.4: CSI, parameters and intermediates, one final byte. Of other sequences only the introducer goes.
    private static int EndOfEscapeSequence(ReadOnlySpan<char> text, int escape)
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
