using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>What the kernel does by itself in every idle machine and need not, and what engines let every container do.</summary>
internal static class KernelSettings
{
    public static void Apply()
    {
        // Looking twice a second whether memory should be compacted ahead of any need.
        Set("vm/compaction_proactiveness", "0"u8);

        // Adding up every second what /proc/vmstat shows.
        Set("vm/stat_interval", "30"u8);

        // Docker's since 20.10: any user may listen on any port, and ping. The builder's sysctls come later.
        Set("net/ipv4/ip_unprivileged_port_start", "0"u8);
        Set("net/ipv4/ping_group_range", "0 2147483647"u8);
    }

    // A kernel that has not the one or the other does not do it either.
    private static void Set(string name, ReadOnlySpan<byte> value)
    {
        using Descriptor? setting = Descriptor.TryOpen("/proc/sys/" + name, OpenFlags.WriteOnly);
        _ = setting?.Write(value);
    }
}
