namespace Islet.Images.Store;

/// <summary>
/// How much a compressed blob may become. A blob of up to <see cref="Floor"/> is let through whatever its ratio; above that, the ratio
/// counts. Whole blocks of zeros don't count towards it: real images have gigabytes of them (the last logins of a user with a large id, a
/// database's preallocated files), they shrink a thousandfold, and on the disk they become holes. The ceiling counts everything.
/// </summary>
/// <param name="Floor">What any blob may become, in bytes.</param>
/// <param name="Ratio">What a blob may become, as a multiple of its compressed size.</param>
/// <param name="Ceiling">What no blob may exceed, zeros included, in bytes.</param>
internal sealed record DecompressionLimit(long Floor, int Ratio, long Ceiling)
{
    public static DecompressionLimit Default { get; } = new(Floor: 1L << 30, Ratio: 200, Ceiling: 64L << 30);

    public long For(long compressedSize)
    {
        long byRatio = compressedSize > Ceiling / Ratio ? Ceiling : compressedSize * Ratio;
        return Math.Min(Ceiling, Math.Max(Floor, byRatio));
    }
}
