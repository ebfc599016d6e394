using Grpc.Core;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>The names of capabilities(7), in the order of their numbers.</summary>
internal static class CapabilitySet
{
    private static readonly string[] s_names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>Returns a set with one bit for each name, which may begin with "CAP_" or not.</summary>
    /// <exception cref="GrpcException">There is no such capability.</exception>
    public static ulong Parse(IReadOnlyList<string> names)
    {
        ulong set = 0;
        foreach (string name in names)
        {
            int number = Array.IndexOf(s_names, name.StartsWith("CAP_", StringComparison.Ordinal) ? name[4..] : name);
            if (number < 0)
                throw new GrpcException(StatusCode.InvalidArgument, $"there is no capability \"{name}\"");
            set |= 1UL << number;
        }

        return set;
    }
}
