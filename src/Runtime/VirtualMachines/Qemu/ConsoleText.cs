using System.Text;
using Islet.Diagnostics;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// Makes text from a console safe to show. A guest may write anything, including control sequences for the reader's terminal.
/// </summary>
internal static class ConsoleText
{
    private const int LongestLine = 1000;

    /// <summary>Returns the last lines, oldest first, without control characters, escape sequences and empty lines.</summary>
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
                i = HarmlessText.EndOfEscapeSequence(text, i);
            else if (!HarmlessText.IsDangerous(c) && line.Length < LongestLine)
                line.Append(c == '\t' ? ' ' : c);
        }

        Flush();
        return lines.Count <= count ? lines : lines[^Math.Max(count, 0)..];

        void Flush()
        {
            string whole = HarmlessText.WithoutOrders(line.ToString().TrimEnd());
            if (whole.Length > 0)
                lines.Add(whole);
            line.Clear();
        }
    }
}
