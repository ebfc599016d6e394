// Calls of monitors, profilers and container engines.
#define _GNU_SOURCE
#include "check.h"
#include "netlink.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/genetlink.h>
#include <linux/perf_event.h>
#include <linux/taskstats.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int load_program(enum bpf_prog_type type)
{
    // r0 = 0; exit: a device may not be used.
    const struct bpf_insn deny[] = {{.code = 0xb7}, {.code = 0x95}};
    union bpf_attr program = {.prog_type = type, .insn_cnt = 2, .insns = (uintptr_t)deny, .license = (uintptr_t)"GPL"};
    return syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof program);
}

// As runc and crun keep a container from devices.
static int deny_devices(void)
{
    const char *group = "/sys/fs/cgroup/devices";
    mkdir(group, 0755);
    int program = load_program(BPF_PROG_TYPE_CGROUP_DEVICE);
    union bpf_attr attach = {.target_fd = open(group, O_RDONLY), .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE};
    if (program < 0 || syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) != 0)
        return 0;
    pid_t child = fork();
    if (child == 0)
        _exit(!write_file("/sys/fs/cgroup/devices/cgroup.procs", "0", 1) || open("/dev/null", O_RDONLY) >= 0 || errno != EPERM);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0;
}

static int is_refused_without_privilege(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(setuid(1000) != 0 || load_program(BPF_PROG_TYPE_SOCKET_FILTER) >= 0 || errno != EPERM);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0;
}

static int count_own_time(void)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .config = PERF_COUNT_SW_TASK_CLOCK};
    int counter = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
    uint64_t time = 0;
    return counter >= 0 && read(counter, &time, sizeof time) == sizeof time && time > 0;
}

static int has_taskstats(void)
{
    struct request request = {0};
    struct genlmsghdr header = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
    begin(&request, GENL_ID_CTRL, 0, &header, sizeof header);
    add(&request, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME, sizeof TASKSTATS_GENL_NAME);
    return ask(&request, NETLINK_GENERIC);
}

void check_monitoring(void)
{
    report("BPF program that denies a cgroup its devices", deny_devices());
    report("no BPF without privilege", is_refused_without_privilege());
    report("software counter", count_own_time());
    report("taskstats", has_taskstats());
    report("/proc/self/io", contains("/proc/self/io", "write_bytes"));
    report("/proc/config.gz", contains("/proc/config.gz", "\x1f\x8b"));
}
