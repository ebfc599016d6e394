using System.Globalization;

namespace Islet;

/// <summary>An amount of memory or disk, in bytes, that says its unit where it is written.</summary>
/// <param name="Bytes">The amount in bytes.</param>
public readonly record struct MemorySize(long Bytes) : IComparable<MemorySize>
{
    /// <summary>An amount in bytes.</summary>
    public static MemorySize FromBytes(long bytes) => new(bytes);

    /// <summary>An amount in KiB (1024 bytes).</summary>
    public static MemorySize Kibibytes(long count) => new(checked(count * 1024));

    /// <summary>An amount in MiB (1024² bytes).</summary>
    public static MemorySize Mebibytes(long count) => new(checked(count * 1024 * 1024));

    /// <summary>An amount in GiB (1024³ bytes).</summary>
    public static MemorySize Gibibytes(long count) => new(checked(count * 1024 * 1024 * 1024));

    /// <summary>Whole MiB, rounded up.</summary>
    public long TotalMebibytes => (Bytes + (1 << 20) - 1) >> 20;

    /// <inheritdoc/>
    public int CompareTo(MemorySize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Is the left amount smaller?</summary>
    public static bool operator <(MemorySize left, MemorySize right) => left.Bytes < right.Bytes;

    /// <summary>Is the left amount larger?</summary>
    public static bool operator >(MemorySize left, MemorySize right) => left.Bytes > right.Bytes;

    /// <summary>Is the left amount smaller or equal?</summary>
    public static bool operator <=(MemorySize left, MemorySize right) => left.Bytes <= right.Bytes;

    /// <summary>Is the left amount larger or equal?</summary>
    public static bool operator >=(MemorySize left, MemorySize right) => left.Bytes >= right.Bytes;

    /// <summary>The amount in the largest binary unit that keeps it whole, or with one decimal: <c>256 MiB</c>, <c>1.5 GiB</c>.</summary>
    public override string ToString()
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = Bytes;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString("0.#", CultureInfo.InvariantCulture) + " " + units[unit];
    }
}
