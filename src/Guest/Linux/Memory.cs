namespace Islet.Guest.Linux;

/// <summary>The pages of the agent's memory.</summary>
internal static class Memory
{
    /// <summary>Makes the pages of an area present, as far as the area has any.</summary>
    public static void TryPopulate(nint start, nuint length, bool isWritable)
    {
        const int MADV_POPULATE_READ = 22, MADV_POPULATE_WRITE = 23;
        _ = Libc.madvise(start, length, isWritable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
    }
}
