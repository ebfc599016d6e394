using System.Buffers;
using System.Globalization;
using System.Text;

namespace Islet.Diagnostics;

/// <summary>
/// Converts the bytes of a name to text that is safe for a terminal or a log. Hostile names carry escape sequences, and names need not be
/// UTF-8. A byte that can't be shown unchanged becomes <c>\x1b</c>, so that no two names look the same and nothing is lost.
/// </summary>
internal static class Printable
{
    private const int Longest = 200;

    public static string Of(string name) => Of(Encoding.UTF8.GetBytes(name));

    public static string Of(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        ReadOnlySpan<byte> rest = name.Length > Longest ? name[..Longest] : name;
        while (!rest.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(rest, out Rune rune, out int length);
            if (status != OperationStatus.Done)
            {
                foreach (byte stray in rest[..length])
                    text.Append(CultureInfo.InvariantCulture, $"\\x{stray:x2}");
            }
            else if (IsHarmless(rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
            }

            rest = rest[length..];
        }

        return name.Length > Longest ? text.Append('…').ToString() : text.ToString();
    }

    // Format characters turn the direction of the text after them, or hide in it.
    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
