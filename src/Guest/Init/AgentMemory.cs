using System.Globalization;
using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>The agent's own memory, all of which should be resident in a machine that becomes a template.</summary>
internal static class AgentMemory
{
    // The area that the collector reserves for its tables is larger, and hardly used.
    private const ulong LargestArea = 4 << 20;

    /// <summary>
    /// Maps the program and the memory that it writes to, and has the collector free used memory so that it is given out again. In a clone
    /// the first page fault costs more than all that the agent does with the page.
    /// </summary>
    public static void MakeResident()
    {
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 64; i++)
                _ = new byte[4000];
            GC.Collect();
        }

        foreach (string line in File.ReadLines("/proc/self/maps"))
            Populate(line);
    }

    // 00401000-0069c000 r-xp 00001000 00:02 5    /init
    private static void Populate(ReadOnlySpan<char> line)
    {
        int dash = line.IndexOf('-'), space = line.IndexOf(' ');
        ulong start = ulong.Parse(line[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        ulong end = ulong.Parse(line[(dash + 1)..space], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        ReadOnlySpan<char> access = line.Slice(space + 1, 2);
        if (access[0] == 'r' && end - start <= LargestArea)
            Memory.TryPopulate((nint)start, (nuint)(end - start), isWritable: access[1] == 'w');
    }
}
