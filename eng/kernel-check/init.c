// Boots as /init and tries what Islet's guests need of their kernel, one line for each: "ok …" or "FAILED …: why". The
// last line is "kernel check passed" or "kernel check failed"; then the machine is reset, which ends a QEMU that was
// started with -no-reboot.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static int failures;

static void report(const char *what, int ok)
{
    if (ok)
        printf("ok %s\n", what);
    else
        printf("FAILED %s: %s\n", what, strerror(errno));
    failures += !ok;
}

static int try_mount(const char *source, const char *target, const char *type, const char *options)
{
    mkdir(target, 0755);
    int ok = mount(source, target, type, 0, options) == 0;
    char what[64];
    snprintf(what, sizeof what, "%s on %s", type, target);
    report(what, ok);
    return ok;
}

static int contains(const char *path, const char *word)
{
    char content[4096];
    int file = open(path, O_RDONLY);
    if (file < 0)
        return 0;
    ssize_t length = read(file, content, sizeof content - 1);
    close(file);
    if (length < 0)
        return 0;
    content[length] = 0;
    errno = ENOENT;
    return strstr(content, word) != NULL;
}

static int exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

// An ACL as the kernel takes it: version 2; owner rwx, user 1000 r--, group r-x, mask r-x, others r-x.
static const unsigned char acl[] = {
    2, 0, 0, 0,
    0x01, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,
    0x02, 0, 4, 0, 0xe8, 0x03, 0, 0,
    0x04, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
    0x10, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
    0x20, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
};

static void check_attributes(const char *folder, const char *attribute)
{
    char what[64];
    snprintf(what, sizeof what, "%s in %s", attribute, folder);
    report(what, setxattr(folder, attribute, "value", 5, 0) == 0);
    snprintf(what, sizeof what, "ACL in %s", folder);
    report(what, setxattr(folder, "system.posix_acl_access", acl, sizeof acl, 0) == 0);
}

static void check_filesystems(void)
{
    try_mount("proc", "/proc", "proc", NULL);
    try_mount("sys", "/sys", "sysfs", NULL);
    mkdir("/dev", 0755);
    report("devtmpfs is mounted by the kernel", exists("/dev/null") || mount("dev", "/dev", "devtmpfs", 0, NULL) == 0);
    try_mount("devpts", "/dev/pts", "devpts", "newinstance,ptmxmode=0666");
    try_mount("mqueue", "/dev/mqueue", "mqueue", NULL);
    try_mount("binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc", NULL);
    if (try_mount("tmpfs", "/tmpfs", "tmpfs", "size=16m"))
        check_attributes("/tmpfs", "trusted.check");
    if (try_mount("/dev/vda", "/disk", "ext4", "acl,user_xattr"))
        check_attributes("/disk", "user.check");
    mkdir("/tmpfs/lower", 0755);
    mkdir("/tmpfs/upper", 0755);
    mkdir("/tmpfs/work", 0755);
    try_mount("overlay", "/overlay", "overlay", "lowerdir=/tmpfs/lower,upperdir=/tmpfs/upper,workdir=/tmpfs/work");
    report("FUSE", exists("/dev/fuse"));
    report("virtiofs", contains("/proc/filesystems", "virtiofs"));
    report("loop devices on demand", exists("/dev/loop-control"));
    report("swap", exists("/proc/swaps"));
}

static void check_cgroups(void)
{
    if (!try_mount("cgroup2", "/sys/fs/cgroup", "cgroup2", NULL))
        return;
    const char *controllers[] = {"cpu", "cpuset", "io", "memory", "pids"};
    for (size_t i = 0; i < sizeof controllers / sizeof *controllers; i++) {
        char what[64];
        snprintf(what, sizeof what, "cgroup controller %s", controllers[i]);
        report(what, contains("/sys/fs/cgroup/cgroup.controllers", controllers[i]));
    }
    mkdir("/sys/fs/cgroup/check", 0755);
    report("cgroup freezer", exists("/sys/fs/cgroup/check/cgroup.freeze"));
    report("pressure stall information", exists("/proc/pressure/memory"));
}

static void check_namespaces(void)
{
    const struct { const char *name; int flag; } namespaces[] = {
        {"mount", CLONE_NEWNS}, {"UTS", CLONE_NEWUTS}, {"IPC", CLONE_NEWIPC}, {"PID", CLONE_NEWPID}, {"network", CLONE_NEWNET},
        {"user", CLONE_NEWUSER}, {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME},
    };
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            _exit(unshare(namespaces[i].flag) == 0 ? 0 : errno);
        int status = 0;
        waitpid(child, &status, 0);
        errno = WEXITSTATUS(status);
        char what[64];
        snprintf(what, sizeof what, "%s namespace", namespaces[i].name);
        report(what, child > 0 && status == 0);
    }
}

static void check_system_calls(void)
{
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

static void check_sockets(void)
{
    report("IPv4", socket(AF_INET, SOCK_STREAM, 0) >= 0);
    report("IPv6", socket(AF_INET6, SOCK_STREAM, 0) >= 0);
    // With one a container would get around the routes that keep it from the host's loopback.
    report("no packet sockets", socket(AF_PACKET, SOCK_RAW, 0) < 0);
    report("vsock", socket(AF_VSOCK, SOCK_STREAM, 0) >= 0);
    report("socket diagnostics", socket(AF_NETLINK, SOCK_RAW, 4 /* NETLINK_SOCK_DIAG */) >= 0);
}

static int has_port(const char *name)
{
    glob_t files;
    int found = 0;
    if (glob("/sys/class/virtio-ports/*/name", 0, NULL, &files) != 0)
        return 0;
    for (size_t i = 0; i < files.gl_pathc; i++)
        found |= contains(files.gl_pathv[i], name);
    globfree(&files);
    return found;
}

static void check_devices(void)
{
    report("virtio network device", exists("/sys/class/net/eth0"));
    report("virtio entropy source", contains("/sys/class/misc/hw_random/rng_current", "virtio_rng"));
    report("virtio balloon driver", exists("/sys/bus/virtio/drivers/virtio_balloon"));
    report("virtio vsock driver", exists("/sys/bus/virtio/drivers/vmw_vsock_virtio_transport"));
    report("virtio port named islet.agent", has_port("islet.agent"));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct utsname name;
    uname(&name);
    printf("kernel %s %s\n", name.release, name.machine);
    check_filesystems();
    check_cgroups();
    check_namespaces();
    check_sockets();
    check_devices();
    check_system_calls();
    printf("kernel check %s\n", failures == 0 ? "passed" : "failed");
    fflush(stdout);
    sync();
    reboot(RB_AUTOBOOT);
    return 1;
}
