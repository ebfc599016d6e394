// System calls that programs and their runtimes make.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

void check_system_calls(void)
{
    unsigned int size = 0;
    report("checkpoints of a process's memory", prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) == 0 && size > 0);
    report("kcmp", syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, 1, dup(1)) == 0);
    report("persistent keyring", syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING) >= 0);
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &allow};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    report("seccomp filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    char parameters[120] = {0};
    report("io_uring", syscall(SYS_io_uring_setup, 4, parameters) >= 0);
    report("SysV shared memory", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0);
    report("memfd", syscall(SYS_memfd_create, "check", 0) >= 0);
    report("pidfd", syscall(SYS_pidfd_open, getpid(), 0) >= 0);
    report("fanotify", syscall(SYS_fanotify_init, 0, O_RDONLY) >= 0);
}
