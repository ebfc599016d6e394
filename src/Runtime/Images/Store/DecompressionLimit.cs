namespace Islet.Images.Store;

/// <summary>
/// The limit of a blob's size after decompression. A blob of up to <see cref="Floor"/> is accepted at any ratio; above that, the ratio
/// counts. Whole blocks of zeros count towards neither. Real images have gigabytes of them (the last logins of a user with a large id, a
/// database's preallocated files); they shrink a thousandfold and become holes on the disk. The ceiling counts everything.
/// </summary>
/// <param name="Floor">The size that any blob may reach, in bytes.</param>
/// <param name="Ratio">The size that a blob may reach, as a multiple of its compressed size.</param>
/// <param name="Ceiling">The size that no blob may exceed, zeros included, in bytes.</param>
internal sealed record DecompressionLimit(long Floor, int Ratio, long Ceiling)
{
    public static DecompressionLimit Default { get; } = new(Floor: 1L << 30, Ratio: 200, Ceiling: 64L << 30);

    public long For(long compressedSize)
    {
        long byRatio = compressedSize > Ceiling / Ratio ? Ceiling : compressedSize * Ratio;
        return Math.Min(Ceiling, Math.Max(Floor, byRatio));
    }
}
