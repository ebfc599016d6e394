// Boots as /init and tries what Islet's guests need of their kernel, one line for each: "ok …" or "FAILED …: why". The
// last line is "kernel check passed" or "kernel check failed"; then the machine is reset, which ends a QEMU that was
// started with -no-reboot.
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static int failures;

void report(const char *what, int ok)
{
    if (ok)
        printf("ok %s\n", what);
    else
        printf("FAILED %s: %s\n", what, strerror(errno));
    failures += !ok;
}

int try_mount(const char *source, const char *target, const char *type, const char *options)
{
    mkdir(target, 0755);
    int ok = mount(source, target, type, 0, options) == 0;
    char what[64];
    snprintf(what, sizeof what, "%s on %s", type, target);
    report(what, ok);
    return ok;
}

int contains(const char *path, const char *word)
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

int exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

int write_file(const char *path, const void *content, unsigned long length)
{
    int file = open(path, O_WRONLY | O_CREAT, 0755);
    if (file < 0)
        return 0;
    int ok = write(file, content, length) == (ssize_t)length;
    return close(file) == 0 && ok;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct utsname name;
    uname(&name);
    printf("kernel %s %s\n", name.release, name.machine);
    check_filesystems();
    check_isolation();
    check_network();
    check_devices();
    check_programs();
    check_memory();
    check_monitoring();
    check_system_calls();
    printf("kernel check %s\n", failures == 0 ? "passed" : "failed");
    fflush(stdout);
    sync();
    reboot(RB_AUTOBOOT);
    return 1;
}
