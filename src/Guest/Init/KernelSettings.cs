using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>
/// Kernel settings that stop needless periodic work in an idle machine, and those by which engines allow more to every container.
/// </summary>
internal static class KernelSettings
{
    public static void Apply()
    {
        // Stops the kernel from checking twice a second whether to compact memory ahead of any need.
        Set("vm/compaction_proactiveness", "0"u8);

        // Makes the kernel add up the figures of /proc/vmstat every 30 seconds, not every second.
        Set("vm/stat_interval", "30"u8);

        // Docker's setting since 20.10: any user may listen on any port, and ping. The sysctls of the container's builder are applied
        // later.
        Set("net/ipv4/ip_unprivileged_port_start", "0"u8);
        Set("net/ipv4/ping_group_range", "0 2147483647"u8);
    }

    // Ignores a missing setting: a kernel without it does not do that work either.
    private static void Set(string name, ReadOnlySpan<byte> value)
    {
        using Descriptor? setting = Descriptor.TryOpen("/proc/sys/" + name, OpenFlags.WriteOnly);
        _ = setting?.Write(value);
    }
}
