using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Islet.Values;

namespace Islet;

/// <summary>An amount of memory or disk space, in bytes. Its unit is named wherever one is made.</summary>
/// <param name="Bytes">The amount in bytes.</param>
[TypeConverter(typeof(MemorySizeConverter))]
public readonly record struct MemorySize(long Bytes) : IComparable<MemorySize>, IParsable<MemorySize>
{
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Returns an amount in bytes.</summary>
    public static MemorySize FromBytes(long bytes) => new(bytes);

    /// <summary>Returns an amount in KiB (1024 bytes).</summary>
    public static MemorySize FromKibibytes(long count) => new(checked(count * 1024));

    /// <summary>Returns an amount in MiB (1024² bytes).</summary>
    public static MemorySize FromMebibytes(long count) => new(checked(count * 1024 * 1024));

    /// <summary>Returns an amount in GiB (1024³ bytes).</summary>
    public static MemorySize FromGibibytes(long count) => new(checked(count * 1024 * 1024 * 1024));

    /// <summary>Reads an amount: <c>512 MiB</c>, <c>1.5GiB</c>, <c>256m</c>, <c>1048576</c>.</summary>
    /// <param name="s">
    /// A number and a binary unit in any case: B, KiB, MiB, GiB, TiB, or K, M, G, T as in Docker. Without a unit, it is a number of bytes.
    /// MB and GB are refused, because each of them has two meanings.
    /// </param>
    /// <param name="provider">Not used: the decimal point is always a point.</param>
    /// <exception cref="FormatException">The text is not an amount.</exception>
    public static MemorySize Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, provider, out MemorySize size)
            ? size
            : throw new FormatException($"\"{s}\" is not an amount of memory: write 512 MiB, 1.5 GiB or a number of bytes.");
    }

    /// <summary>Reads an amount, and returns false if the text is not one.</summary>
    /// <param name="s">A text as for <see cref="Parse"/>.</param>
    /// <param name="provider">Not used: the decimal point is always a point.</param>
    /// <param name="result">The amount; zero if the text is not one.</param>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MemorySize result)
    {
        result = default;
        ReadOnlySpan<char> rest = s.AsSpan().Trim();
        int letters = rest.IndexOfAnyInRange('A', 'z');
        ReadOnlySpan<char> unit = letters < 0 ? "B" : rest[letters..];
        ReadOnlySpan<char> number = letters < 0 ? rest : rest[..letters].TrimEnd();
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
            return false;

        int power = IndexOfUnit(unit);
        if (power < 0 || value > long.MaxValue >> (10 * power))
            return false;
        result = new MemorySize((long)(value * (1L << (10 * power))));
        return true;
    }

    /// <summary>The amount in whole MiB, rounded up.</summary>
    public long TotalMebibytes => (Bytes + (1 << 20) - 1) >> 20;

    /// <inheritdoc/>
    public int CompareTo(MemorySize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Whether the left amount is smaller.</summary>
    public static bool operator <(MemorySize left, MemorySize right) => left.Bytes < right.Bytes;

    /// <summary>Whether the left amount is larger.</summary>
    public static bool operator >(MemorySize left, MemorySize right) => left.Bytes > right.Bytes;

    /// <summary>Whether the left amount is smaller or equal.</summary>
    public static bool operator <=(MemorySize left, MemorySize right) => left.Bytes <= right.Bytes;

    /// <summary>Whether the left amount is larger or equal.</summary>
    public static bool operator >=(MemorySize left, MemorySize right) => left.Bytes >= right.Bytes;

    /// <summary>
    /// Returns the amount in the largest binary unit that keeps it whole, or with one decimal: <c>256 MiB</c>, <c>1.5 GiB</c>.
    /// </summary>
    public override string ToString()
    {
        double value = Bytes;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < s_units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString("0.#", CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    private static int IndexOfUnit(ReadOnlySpan<char> unit)
    {
        for (int index = 0; index < s_units.Length; index++)
        {
            if (unit.Equals(s_units[index], StringComparison.OrdinalIgnoreCase)
                || (unit.Length == 1 && char.ToUpperInvariant(unit[0]) == s_units[index][0]))
            {
                return index;
            }
        }

        return -1;
    }
}
