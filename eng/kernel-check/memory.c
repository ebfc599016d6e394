// Memory beyond the usual calls.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// A page that its own program fills.
static int fill_a_page(void)
{
    long size = sysconf(_SC_PAGESIZE);
    int fault = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    struct uffdio_api api = {.api = UFFD_API};
    if (fault < 0 || ioctl(fault, UFFDIO_API, &api) != 0)
        return 0;
    char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *content = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(content, 7, size);
    struct uffdio_register range = {.range = {(unsigned long)page, size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    struct uffdio_copy copy = {.dst = (unsigned long)page, .src = (unsigned long)content, .len = size};
    return ioctl(fault, UFFDIO_REGISTER, &range) == 0 && ioctl(fault, UFFDIO_COPY, &copy) == 0 && page[0] == 7;
}

static int use_a_huge_page(void)
{
    long size = 2 << 20;
    char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (page == MAP_FAILED)
        return 0;
    page[size - 1] = 1;
    return munmap(page, size) == 0;
}

void check_memory(void)
{
    report("userfaultfd", fill_a_page());
    report("reserve huge pages", write_file("/proc/sys/vm/nr_hugepages", "2", 1));
    report("huge page", use_a_huge_page());
    try_mount("hugetlbfs", "/hugepages", "hugetlbfs", NULL);
}
