using System.Globalization;

namespace Islet.Machines;

/// <summary>The memory that is left on the host.</summary>
internal static class HostMemory
{
    // Below this fraction the kernel begins to drop the page cache that holds the templates' memory.
    private const double ScarceFraction = 0.1;

    /// <summary>
    /// Whether less than a tenth of the host's memory is available without swapping. False if this is unknown (macOS).
    /// </summary>
    public static bool IsScarce()
    {
        try
        {
            return OperatingSystem.IsLinux() && IsScarce(File.ReadLines("/proc/meminfo"));
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            return false;
        }
    }

    /// <summary>Whether memory is scarce according to the lines of <c>/proc/meminfo</c>.</summary>
    internal static bool IsScarce(IEnumerable<string> lines)
    {
        long total = 0, available = long.MaxValue;
        foreach (string line in lines)
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
                total = Kibibytes(line);
            else if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                available = Kibibytes(line);
        }

        return available < total * ScarceFraction;
    }

    private static long Kibibytes(string line) =>
        long.Parse(line.AsSpan(line.IndexOf(':') + 1).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
}
