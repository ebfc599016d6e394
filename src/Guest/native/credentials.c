// The change from root with all capabilities to the user with its permitted ones, and the exec.
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// The C library's setuid and similar functions signal every thread of the process, and the threads it knows of are in the agent: so the
// child makes the system calls itself.

static void set_limits(const struct islet_launch *launch)
{
    for (uint32_t i = 0; i < launch->rlimit_count; i++) {
        struct rlimit limit = { launch->rlimits[i].soft, launch->rlimits[i].hard };
        if (syscall(SYS_prlimit64, 0, launch->rlimits[i].resource, &limit, NULL))
            islet_fail(ISLET_RLIMIT, i);
    }
}

static void drop_bounding_capabilities(uint64_t keep)
{
    for (unsigned capability = 0; capability < 64; capability++) {
        if (keep >> capability & 1)
            continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)) {
            if (errno == EINVAL)
                return; // beyond the last that this kernel knows
            islet_fail(ISLET_CAPABILITIES, capability);
        }
    }
}

// No capability is inheritable or ambient: a program gets capabilities by being run as root, as under Docker. For another user, changing
// the user has dropped the permitted and effective sets already.
static void set_capabilities(const struct islet_launch *launch)
{
    uint64_t kept = launch->user == 0 ? launch->capabilities : 0;
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = {
        { .effective = (uint32_t)kept, .permitted = (uint32_t)kept },
        { .effective = (uint32_t)(kept >> 32), .permitted = (uint32_t)(kept >> 32) },
    };
    if (syscall(SYS_capset, &header, data))
        islet_fail(ISLET_CAPABILITIES, 0);
}

static void set_seccomp(const struct islet_launch *launch)
{
    if (!launch->seccomp_count)
        return;
    struct sock_fprog program = { (unsigned short)launch->seccomp_count, (struct sock_filter *)launch->seccomp };
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
        islet_fail(ISLET_SECCOMP, 0);
}

void islet_become_user(const struct islet_launch *launch)
{
    set_limits(launch);

    // Without no_new_privs, installing a filter takes CAP_SYS_ADMIN, which is about to be dropped; with it, the filter comes last.
    if (!launch->no_new_privileges)
        set_seccomp(launch);

    drop_bounding_capabilities(launch->capabilities);
    if (syscall(SYS_setgroups, launch->group_count, launch->groups)
        || syscall(SYS_setresgid, launch->group, launch->group, launch->group)
        || syscall(SYS_setresuid, launch->user, launch->user, launch->user))
        islet_fail(ISLET_USER, 0);
    set_capabilities(launch);

    if (launch->no_new_privileges) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
            islet_fail(ISLET_SECCOMP, 0);
        set_seccomp(launch);
    }
}

static const char *search_path(const char *const *environment)
{
    for (; *environment; environment++)
        if (strncmp(*environment, "PATH=", 5) == 0)
            return *environment + 5;
    return "";
}

// Follows the rules of execvpe, with the container's PATH: it runs the first file that can be executed. It remembers one that exists but
// may not be executed, and reports that error when no better candidate follows.
void islet_execute(const struct islet_launch *launch)
{
    const char *name = launch->arguments[0];
    char *const *arguments = (char *const *)launch->arguments;
    char *const *environment = (char *const *)launch->environment;
    if (strchr(name, '/')) {
        execve(name, arguments, environment);
        return;
    }

    char candidate[4096];
    size_t name_length = strlen(name);
    int error = ENOENT;
    const char *path = search_path(launch->environment);
    while (name_length && *path) {
        size_t length = strcspn(path, ":");
        if (length + name_length + 2 <= sizeof candidate) {
            memcpy(candidate, path, length);
            candidate[length] = '/';
            memcpy(candidate + length + (length ? 1 : 0), name, name_length + 1);
            execve(candidate, arguments, environment);
            if (errno == EACCES)
                error = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR)
                return;
        }
        path += length + (path[length] == ':');
    }
    errno = error;
}

uint32_t islet_audit_architecture(void)
{
#if defined(__x86_64__)
    return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    return AUDIT_ARCH_AARCH64;
#else
#error "Add this architecture's AUDIT_ARCH_* value."
#endif
}

// The names come from the compiler's own <sys/syscall.h> (see the NativeLauncher target), so each architecture has its own.
int islet_syscall_number(const char *name)
{
    static const struct { const char *name; int number; } calls[] = {
#define SYSCALL(call) { #call, __NR_##call },
#include "syscalls.inc"
#undef SYSCALL
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].number;
    return -1;
}
