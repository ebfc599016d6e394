// The interface by which the agent starts a process. Managed code must not run between fork and exec: after the fork only the calling
// thread exists, and threads that are gone may hold the runtime's locks. So everything is decided and laid out in these structures first
// (Launcher.cs mirrors them). The child runs the C code of this folder only, all of it async-signal-safe.
#ifndef ISLET_LAUNCHER_H
#define ISLET_LAUNCHER_H

#include <stdint.h>

// The stages that the child reports through its end of a SOCK_SEQPACKET pair. The end of file without ISLET_STAGE_* error is the exec.
enum islet_stage {
    ISLET_PREPARED = 1,         // namespaces and mounts are there; carries the terminal's master when there is one
    ISLET_NAMESPACES,
    ISLET_ROOT,
    ISLET_STEP,                 // index: which of the steps
    ISLET_TERMINAL,
    ISLET_WORKING_DIRECTORY,
    ISLET_RLIMIT,               // index: which of the limits
    ISLET_USER,
    ISLET_CAPABILITIES,
    ISLET_SECCOMP,
    ISLET_EXEC,
    ISLET_START_STEP,           // index: which of the steps at the start
};

struct islet_report {
    uint32_t stage;
    uint32_t index;
    int32_t error;              // errno
};

// One operation on the new root's tree, done inside it, so that no symbolic link of the image leads out of it.
enum islet_operation {
    ISLET_MOUNT = 1,            // source on target; the target is made when missing
    ISLET_NODE,                 // the agent's device node `source` bound on target
    ISLET_SYMLINK,              // target pointing at source
    ISLET_WRITE,                // data into target
    ISLET_MASK,                 // hides target
    ISLET_READ_ONLY,            // target, with what is mounted below it, read-only
    ISLET_ATTRIBUTES,           // sets the mount attributes `flags` (MOUNT_ATTR_*) on the mount at target
};

struct islet_step {
    uint32_t operation;
    uint32_t unused;
    uint64_t flags;             // MS_* of a mount, MOUNT_ATTR_* of attributes
    const char *source;
    const char *target;
    const char *type;
    const char *data;
};

struct islet_rlimit {
    uint64_t resource;
    uint64_t soft;
    uint64_t hard;
};

struct islet_launch {
    const char *root;                       // of a new container; null: join the container of `container`
    const struct islet_step *steps;         // before ISLET_PREPARED
    const struct islet_step *start_steps;   // after the start
    const struct islet_rlimit *rlimits;
    const uint32_t *groups;
    const void *seccomp;                    // struct sock_filter[]
    const char *working_directory;
    const char *oom_score_adjust;           // a decimal number
    const char *const *arguments;
    const char *const *environment;
    uint64_t capabilities;                  // one bit each
    uint32_t step_count;
    uint32_t start_step_count;
    uint32_t rlimit_count;
    uint32_t group_count;
    uint32_t seccomp_count;
    uint32_t user;
    uint32_t group;
    int32_t container;                      // pidfd of the container's first process, or -1
    int32_t pid_namespace;                  // the agent's own, to return to after the fork
    int32_t cgroup;                         // directory
    int32_t report;                         // the child's end
    int32_t start;                          // read end of a pipe: a byte starts, the end of file gives up; -1: start at once
    int32_t standard[3];                    // stdin, stdout, stderr; a terminal replaces them
    uint32_t terminal;
    uint32_t rows;
    uint32_t columns;
    uint32_t no_new_privileges;
};

// Forks and returns the child's pid and pidfd, or -errno. The child prepares itself and reports.
int islet_launch(const struct islet_launch *launch, int *pidfd);

// Takes one report without blocking. Returns its size, 0 at the end (the exec happened), or -errno.
// *descriptor: the terminal's master that came along, or -1.
int islet_receive_report(int socket, struct islet_report *report, int *descriptor);

// The number of a system call of this architecture, or -1.
int islet_syscall_number(const char *name);

// AUDIT_ARCH_* of this architecture, which a seccomp filter must check first.
uint32_t islet_audit_architecture(void);

// Shared by the files of this folder; the child's side only.
void islet_fail(enum islet_stage stage, uint32_t index) __attribute__((noreturn));
void islet_enter_root(const struct islet_launch *launch);
void islet_run_steps(const struct islet_step *steps, uint32_t count, int agent_root, enum islet_stage stage);
void islet_make_directories(const char *path);
void islet_become_user(const struct islet_launch *launch);
void islet_execute(const struct islet_launch *launch);
int islet_open_terminal(const struct islet_launch *launch);

// The descriptors of the child at their fixed numbers; everything from ISLET_FIRST_UNUSED on is closed.
enum islet_descriptor {
    ISLET_REPORT = 3,
    ISLET_START,
    ISLET_CONTAINER,
    ISLET_FIRST_UNUSED,
};

#endif
