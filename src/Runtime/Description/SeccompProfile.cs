namespace Islet;

/// <summary>
/// System calls that the container's processes can't make: each fails with EPERM. A profile is not what keeps the host safe, since the
/// machine's kernel is the container's own. It is for software that must be tested under one.
/// </summary>
/// <param name="DeniedSystemCalls">Names as in syscalls(2). Names that the architecture does not have are ignored.</param>
public sealed record SeccompProfile(IReadOnlyList<string> DeniedSystemCalls)
{
    /// <summary>The system calls that Docker's default profile denies to a container without further capabilities.</summary>
    public static SeccompProfile Default { get; } = new(
    [
        "acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "create_module", "delete_module", "finit_module", "fsconfig",
        "fsmount", "fsopen", "fspick", "get_kernel_syms", "get_mempolicy", "init_module", "ioperm", "iopl", "kcmp", "kexec_file_load",
        "kexec_load", "keyctl", "lookup_dcookie", "mbind", "migrate_pages", "mount", "mount_setattr", "move_mount", "move_pages",
        "name_to_handle_at", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "pivot_root",
        "query_module", "quotactl", "quotactl_fd", "reboot", "request_key", "set_mempolicy", "setdomainname",
        "sethostname", "setns", "settimeofday", "stime", "swapoff", "swapon", "syslog", "umount", "umount2", "unshare", "uselib",
        "userfaultfd", "ustat", "vhangup", "vm86", "vm86old",
    ]);
}
