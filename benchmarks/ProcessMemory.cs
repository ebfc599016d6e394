using System.Globalization;

namespace Islet.Benchmarks;

internal static class ProcessMemory
{
    /// <summary>
    /// Returns Private_Clean + Private_Dirty: the pages that would be freed if the process ended (Documentation/filesystems/proc.rst).
    /// </summary>
    public static double PrivateMebibytes(int processId)
    {
        long kibibytes = File.ReadLines($"/proc/{processId}/smaps_rollup")
            .Where(line => line.StartsWith("Private_Clean:", StringComparison.Ordinal)
                || line.StartsWith("Private_Dirty:", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
        return kibibytes / 1024.0;
    }
}
