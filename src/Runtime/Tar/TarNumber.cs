using System.Buffers.Binary;
using System.Buffers.Text;
using Islet.Values;

namespace Islet.Tar;

/// <summary>Reads numbers in the formats that tar uses.</summary>
internal static class TarNumber
{
    /// <summary>Reads a header's field: octal digits between blanks, or GNU's base-256 when the first byte's top bit is set.</summary>
    public static long ParseField(ReadOnlySpan<byte> field, string what)
    {
        if ((field[0] & 0x80) != 0)
            return ParseBase256(field, what);

        ReadOnlySpan<byte> digits = field.Trim([(byte)' ', (byte)0]);
        // Some writers leave garbage after the terminator; the digits end at the first blank or NUL.
        int end = digits.IndexOfAny((byte)' ', (byte)0);
        if (end >= 0)
            digits = digits[..end];

        long value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
                throw new TarException($"The header's {what} is not a number.");
            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    /// <summary>Reads a decimal number of a pax record or a sparse map: digits only, no sign.</summary>
    public static long ParseDecimal(ReadOnlySpan<byte> digits, string what)
    {
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(digits, out long value, out int consumed) || consumed != digits.Length)
        {
            throw new TarException($"The extended header's {what} is not a number of bytes or an id.");
        }

        return value;
    }

    /// <summary>Reads a pax time: decimal seconds since 1970, possibly negative, with or without a fraction of any length.</summary>
    public static Timestamp ParseTime(ReadOnlySpan<byte> text, string what)
    {
        bool negative = text.StartsWith("-"u8);
        ReadOnlySpan<byte> rest = negative ? text[1..] : text;
        int point = rest.IndexOf((byte)'.');
        long seconds = ParseDecimal(point < 0 ? rest : rest[..point], what);
        ReadOnlySpan<byte> fraction = point < 0 ? [] : rest[(point + 1)..];
        if (fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            throw new TarException($"The extended header's {what} is not a time.");

        uint nanoseconds = 0;
        for (int i = 0; i < 9; i++)
            nanoseconds = (nanoseconds * 10) + (i < fraction.Length ? (uint)(fraction[i] - '0') : 0);

        if (!negative)
            return new Timestamp(seconds, nanoseconds);

        // Nanoseconds count upwards from the previous second: -1.25 is second -2 and 0.75 after it.
        return nanoseconds == 0 ? new Timestamp(-seconds, 0) : new Timestamp(-seconds - 1, 1_000_000_000 - nanoseconds);
    }

    private static long ParseBase256(ReadOnlySpan<byte> field, string what)
    {
        // Two's complement, big-endian; the first byte's top bit marks the format and the next one is the sign.
        bool negative = (field[0] & 0x40) != 0;
        byte filler = negative ? (byte)0xFF : (byte)0;
        Span<byte> digits = stackalloc byte[field.Length];
        field.CopyTo(digits);
        digits[0] = (byte)(negative ? digits[0] | 0x80 : digits[0] & 0x7F);

        Span<byte> low = stackalloc byte[8];
        low.Fill(filler);
        int kept = Math.Min(8, digits.Length);
        digits[^kept..].CopyTo(low[^kept..]);
        long value = BinaryPrimitives.ReadInt64BigEndian(low);
        if (digits[..^kept].ContainsAnyExcept(filler) || value < 0 != negative)
            throw new TarException($"The header's {what} is too large.");
        return value;
    }
}
