// Builds the container's own tree. The root is entered first and filled from inside: the kernel resolves every path below inside the new
// root, so the image's symbolic links can't lead out of it.
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

// sys/mount.h and linux/mount.h can't be included together with every libc; these are the C library's own prototypes.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
#define DETACH 2

void islet_enter_root(const struct islet_launch *launch)
{
    // The child is in its cgroup already, so this makes that cgroup the root of the container's view.
    if (unshare(CLONE_NEWCGROUP))
        islet_fail(ISLET_NAMESPACES, 0);

    int agent_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (agent_root < 0
        || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)
        || chdir(launch->root)
        || syscall(SYS_pivot_root, ".", ".")
        || chdir("/"))
        islet_fail(ISLET_ROOT, 0);

    mode_t previous = umask(0);
    islet_run_steps(launch->steps, launch->step_count, agent_root, ISLET_STEP);
    umask(previous);
    islet_make_directories(launch->working_directory);

    // pivot_root(".", ".") left the agent's tree mounted over the new root; after this nothing leads back to it.
    if (fchdir(agent_root) || umount2(".", DETACH) || chdir("/"))
        islet_fail(ISLET_ROOT, 0);
    close(agent_root);
}

// Works like `mkdir -p`. Existing directories are fine, and a failure shows in the step that needs the directory.
void islet_make_directories(const char *path)
{
    char part[4096];
    size_t length = strlen(path);
    if (length >= sizeof part)
        return;
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        mkdir(part, 0755);
    }
}

static void make_parents(const char *path)
{
    char parent[4096];
    const char *end = strrchr(path, '/');
    if (!end || end == path || (size_t)(end - path) >= sizeof parent)
        return;
    memcpy(parent, path, (size_t)(end - path));
    parent[end - path] = 0;
    islet_make_directories(parent);
}

static void make_file(const char *path)
{
    make_parents(path);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file >= 0)
        close(file);
}

static int set_attributes(const char *path, uint64_t attributes, unsigned flags)
{
    struct mount_attr change = { .attr_set = attributes };
    return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &change, sizeof change);
}

static int mount_filesystem(const struct islet_step *step, int agent_root)
{
    struct stat source;
    if ((step->flags & MS_BIND) && !stat(step->source, &source) && !S_ISDIR(source.st_mode))
        make_file(step->target);
    else
        islet_make_directories(step->target);

    // A disk is found in the agent's /dev; the container's has none. Only a relative path from the working directory leads there.
    bool from_disk = agent_root >= 0 && !(step->flags & MS_BIND) && strncmp(step->source, "/dev/", 5) == 0;
    if (from_disk && fchdir(agent_root))
        return -1;
    int result = mount(step->source + (from_disk ? 1 : 0), step->target, step->type, (unsigned long)step->flags, step->data);
    int error = errno;
    if (from_disk && chdir("/"))
        return -1;
    errno = error;
    return result;
}

// Every tree that the container can write to is mounted nodev, so a node made there opens nothing. The few nodes it may have are bound one
// by one from the agent's own /dev, which honours them.
static int bind_node(const struct islet_step *step, int agent_root)
{
    make_file(step->target);
    int tree = (int)syscall(SYS_open_tree, agent_root, step->source, OPEN_TREE_CLONE | O_CLOEXEC);
    if (tree < 0)
        return -1;
    int result = (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, step->target, MOVE_MOUNT_F_EMPTY_PATH);
    int error = errno;
    close(tree);
    errno = error;
    return result;
}

static int write_file(const struct islet_step *step)
{
    int file = open(step->target, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    size_t length = strlen(step->data);
    ssize_t written = write(file, step->data, length);
    int error = errno;
    close(file);
    errno = error;
    return written == (ssize_t)length ? 0 : -1;
}

static int mask(const char *path)
{
    struct stat status;
    if (stat(path, &status))
        return errno == ENOENT ? 0 : -1;
    return S_ISDIR(status.st_mode)
        ? mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0")
        : mount("/dev/null", path, NULL, MS_BIND, NULL);
}

static int make_read_only(const char *path)
{
    // The root is a mount already; binding it onto itself would hide its submounts from processes inside.
    if (strcmp(path, "/") == 0)
        return set_attributes(path, MOUNT_ATTR_RDONLY, 0);
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL))
        return errno == ENOENT ? 0 : -1;
    return set_attributes(path, MOUNT_ATTR_RDONLY, AT_RECURSIVE);
}

static int run_step(const struct islet_step *step, int agent_root)
{
    switch (step->operation) {
    case ISLET_MOUNT: return mount_filesystem(step, agent_root);
    case ISLET_NODE: return bind_node(step, agent_root);
    case ISLET_SYMLINK: return symlink(step->source, step->target);
    case ISLET_WRITE: return write_file(step);
    case ISLET_MASK: return mask(step->target);
    case ISLET_READ_ONLY: return make_read_only(step->target);
    case ISLET_ATTRIBUTES: return set_attributes(step->target, step->flags, 0);
    }
    errno = EINVAL;
    return -1;
}

void islet_run_steps(const struct islet_step *steps, uint32_t count, int agent_root, enum islet_stage stage)
{
    for (uint32_t i = 0; i < count; i++)
        if (run_step(&steps[i], agent_root))
            islet_fail(stage, i);
}

// Opens a terminal of the container's own devpts, so that its name (/dev/pts/0) has a meaning there. Returns the master, for the agent; the
// slave is the process's standard input, output, error and controlling terminal.
int islet_open_terminal(const struct islet_launch *launch)
{
    int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int unlock = 0;
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock))
        islet_fail(ISLET_TERMINAL, 0);
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        islet_fail(ISLET_TERMINAL, 0);

    struct winsize size = { .ws_row = (unsigned short)launch->rows, .ws_col = (unsigned short)launch->columns };
    if ((launch->rows || launch->columns) && ioctl(master, TIOCSWINSZ, &size))
        islet_fail(ISLET_TERMINAL, 0);
    if (ioctl(slave, TIOCSCTTY, 0)
        || dup2(slave, STDIN_FILENO) < 0 || dup2(slave, STDOUT_FILENO) < 0 || dup2(slave, STDERR_FILENO) < 0)
        islet_fail(ISLET_TERMINAL, 0);
    if (fchown(slave, launch->user, (gid_t)-1))
        islet_fail(ISLET_TERMINAL, 0);

    // The container's first process finds its terminal as /dev/console too.
    if (launch->root) {
        make_file("/dev/console");
        int tree = (int)syscall(SYS_open_tree, slave, "", OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
        if (tree < 0 || syscall(SYS_move_mount, tree, "", AT_FDCWD, "/dev/console", MOVE_MOUNT_F_EMPTY_PATH))
            islet_fail(ISLET_TERMINAL, 0);
        close(tree);
    }
    close(slave);
    return master;
}
