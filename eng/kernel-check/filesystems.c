// The file systems that a container sees, and its disk.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

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

// A file's capabilities as the kernel takes them: version 2, effective; CAP_NET_RAW permitted, none inheritable.
static const unsigned char capabilities[] = {1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static void check_file_capabilities(const char *path)
{
    write_file(path, "", 0);
    report("capabilities of a file on the disk", setxattr(path, "security.capability", capabilities, sizeof capabilities, 0) == 0);
}

void check_filesystems(void)
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
    if (try_mount("/dev/vda", "/disk", "ext4", "acl,user_xattr")) {
        check_attributes("/disk", "user.check");
        check_file_capabilities("/disk/program");
    }
    mkdir("/tmpfs/lower", 0755);
    mkdir("/tmpfs/upper", 0755);
    mkdir("/tmpfs/work", 0755);
    try_mount("overlay", "/overlay", "overlay", "lowerdir=/tmpfs/lower,upperdir=/tmpfs/upper,workdir=/tmpfs/work");
    report("FUSE", exists("/dev/fuse"));
    report("virtiofs", contains("/proc/filesystems", "virtiofs"));
    report("loop devices on demand", exists("/dev/loop-control"));
    report("swap", exists("/proc/swaps"));
}
