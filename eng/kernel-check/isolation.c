// Cgroups and namespaces, of which containers are made.
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

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
    // JDKs before 17.0.16 ignore every limit when it is missing there.
    report("cpuacct in /proc/cgroups", contains("/proc/cgroups", "\ncpuacct"));
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

void check_isolation(void)
{
    check_cgroups();
    check_namespaces();
}
