using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>What the kernel does by itself in every idle machine, many times a second, and need not.</summary>
internal static class KernelSettings
{
    public static void Apply()
    {
        // Looking twice a second whether memory should be compacted ahead of any need.
        Set("vm/compaction_proactiveness", "0"u8);

        // Adding up every second what /proc/vmstat shows.
        Set("vm/stat_interval", "30"u8);
    }

    // A kernel that has not the one or the other does not do it either.
    private static void Set(string name, ReadOnlySpan<byte> value)
    {
        using Descriptor? setting = Descriptor.TryOpen("/proc/sys/" + name, OpenFlags.WriteOnly);
        _ = setting?.Write(value);
    }
}
