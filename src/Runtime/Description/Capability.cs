namespace Islet;

/// <summary>Sets of Linux capabilities, by the names of capabilities(7).</summary>
public static class Capability
{
    /// <summary>The capabilities that Docker and containerd give a container by default.</summary>
    public static IReadOnlyList<string> Default { get; } =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    /// <summary>Every capability that Linux has.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Default, "CAP_DAC_READ_SEARCH", "CAP_LINUX_IMMUTABLE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_IPC_LOCK",
        "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
        "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_LEASE", "CAP_AUDIT_CONTROL",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
        "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>Returns the canonical form of a name, given with or without <c>CAP_</c>, in any case.</summary>
    /// <exception cref="ArgumentException">Linux has no such capability.</exception>
    internal static string Normalize(string name)
    {
        string full = name.ToUpperInvariant();
        if (!full.StartsWith("CAP_", StringComparison.Ordinal))
            full = "CAP_" + full;

        return All.Contains(full)
            ? full
            : throw new ArgumentException(
                $"\"{name}\" is not a Linux capability; see capabilities(7), for example NET_ADMIN.", nameof(name));
    }
}
