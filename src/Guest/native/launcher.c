// The life of a process from the fork to the exec, in the order in which it happens.
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void run_child(const struct islet_launch *launch) __attribute__((noreturn));

int islet_launch(const struct islet_launch *launch, int *pidfd)
{
    // Joining a pid namespace affects only the children of the thread that joins: the agent's thread enters, forks, and leaves.
    if (!launch->root && setns(launch->container, CLONE_NEWPID))
        return -errno;

    // clone3 puts the child into its cgroup from its first instruction on; its allocations are never charged to the agent.
    struct clone_args clone = {
        .flags = CLONE_PIDFD | CLONE_INTO_CGROUP,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = (uint64_t)launch->cgroup,
    };
    // The hostname is the machine's, which has no other container: a UTS namespace would be one more thing to change in a fork.
    if (launch->root)
        clone.flags |= CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;

    long pid = syscall(SYS_clone3, &clone, sizeof clone);
    if (pid == 0)
        run_child(launch);

    int error = errno;
    if (!launch->root && setns(launch->pid_namespace, CLONE_NEWPID))
        return -errno;
    return pid < 0 ? -error : (int)pid;
}

// The descriptors move to fixed numbers, by way of high numbers so that none overwrites another, and all others are closed at once: a child
// that waits for its start must not keep the agent's pipes and ports open.
static void keep_descriptors(const struct islet_launch *launch)
{
    const int wanted[ISLET_FIRST_UNUSED] = {
        launch->standard[0], launch->standard[1], launch->standard[2], launch->report, launch->start, launch->container,
    };
    int high[ISLET_FIRST_UNUSED];
    for (int i = 0; i < ISLET_FIRST_UNUSED; i++)
        high[i] = wanted[i] < 0 ? -1 : fcntl(wanted[i], F_DUPFD_CLOEXEC, 256);
    for (int i = 0; i < ISLET_FIRST_UNUSED; i++) {
        if (high[i] < 0)
            close(i);
        else
            dup3(high[i], i, i <= STDERR_FILENO ? 0 : O_CLOEXEC);
    }
    syscall(SYS_close_range, ISLET_FIRST_UNUSED, ~0u, 0);
}

// exec resets handlers but keeps ignored signals ignored, and the agent ignores SIGPIPE.
static void reset_signals(void)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    for (int signal = 1; signal < NSIG; signal++)
        sigaction(signal, &standard, NULL);
}

// Uses the agent's /proc, which the child can see only until it enters the container's mounts.
static void set_oom_score(const char *adjust)
{
    size_t length = strlen(adjust);
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, adjust, length) != (ssize_t)length)
        islet_fail(ISLET_NAMESPACES, 0);
    close(file);
}

static void send_report(enum islet_stage stage, uint32_t index, int error, int descriptor)
{
    struct islet_report report = { stage, index, error };
    struct iovec part = { &report, sizeof report };
    union { char space[CMSG_SPACE(sizeof(int))]; struct cmsghdr header; } control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
        message.msg_control = &control;
        message.msg_controllen = sizeof control.space;
    }
    sendmsg(ISLET_REPORT, &message, MSG_NOSIGNAL);
}

void islet_fail(enum islet_stage stage, uint32_t index)
{
    send_report(stage, index, errno, -1);
    _exit(127);
}

static void await_start(void)
{
    char byte;
    ssize_t got;
    do
        got = read(ISLET_START, &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got != 1)
        _exit(127);
}

static void run_child(const struct islet_launch *launch)
{
    // Until the exec this is the agent's program with the agent's memory, and the container's processes will soon see it: none of them may
    // look into it. The exec makes it an ordinary process again.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    reset_signals();
    keep_descriptors(launch);
    set_oom_score(launch->oom_score_adjust);

    if (launch->root) {
        islet_enter_root(launch);
    } else if (setns(ISLET_CONTAINER, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWCGROUP)) {
        islet_fail(ISLET_NAMESPACES, 0);
    }
    close(ISLET_CONTAINER);

    setsid();
    int terminal = launch->terminal ? islet_open_terminal(launch) : -1;
    send_report(ISLET_PREPARED, 0, 0, terminal);
    if (terminal >= 0)
        close(terminal);
    if (launch->start >= 0)
        await_start();

    umask(022);
    islet_run_steps(launch->start_steps, launch->start_step_count, -1, ISLET_START_STEP);
    if (chdir(launch->working_directory))
        islet_fail(ISLET_WORKING_DIRECTORY, 0);

    // A process that runs as another user may reopen /dev/stdout, which is its pipe, so that user must own the pipe.
    struct stat status;
    for (int i = 0; i <= STDERR_FILENO; i++)
        if (launch->user && !fstat(i, &status) && !S_ISCHR(status.st_mode) && fchown(i, launch->user, (gid_t)-1))
            islet_fail(ISLET_USER, 0);

    islet_become_user(launch);

    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    islet_execute(launch);
    islet_fail(ISLET_EXEC, 0);
}

int islet_receive_report(int socket, struct islet_report *report, int *descriptor)
{
    struct iovec part = { report, sizeof *report };
    union { char space[CMSG_SPACE(sizeof(int))]; struct cmsghdr header; } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space,
    };
    *descriptor = -1;
    ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -errno;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    return (int)got;
}
