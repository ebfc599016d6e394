// Programs that are not of the machine's own kind.
#define _GNU_SOURCE
#include "check.h"

#ifdef __x86_64__
#include <asm/ldt.h>
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A whole program for i386, loaded at 0x08048000: time(NULL), and exit with 42 if there is such a call.
static const unsigned char i386[] = {
    0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,    // 32 bits, little endian
    2, 0, 3, 0, 1, 0, 0, 0, 0x54, 0x80, 0x04, 0x08,             // an executable for i386, which begins behind the headers
    52, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 52, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0,
    1, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x80, 0x04, 0x08, 0x00, 0x80, 0x04, 0x08, // one segment: the file
    0x6d, 0, 0, 0, 0x6d, 0, 0, 0, 5, 0, 0, 0, 0, 0x10, 0, 0,
    0x31, 0xdb,                                                 // xor ebx, ebx
    0xb8, 13, 0, 0, 0,                                          // mov eax, 13 (time)
    0xcd, 0x80,                                                 // int 0x80
    0x85, 0xc0,                                                 // test eax, eax
    0x78, 0x05,                                                 // js past the next instruction: an error
    0xbb, 42, 0, 0, 0,                                          // mov ebx, 42
    0xb8, 1, 0, 0, 0,                                           // mov eax, 1 (exit)
    0xcd, 0x80,                                                 // int 0x80
};

static void check_i386(void)
{
    write_file("/tmpfs/i386", i386, sizeof i386);
    pid_t child = fork();
    if (child == 0) {
        execl("/tmpfs/i386", "i386", (char *)0);
        _exit(errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    errno = WEXITSTATUS(status);
    report("program for i386", WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

void check_programs(void)
{
    check_i386();
    struct user_desc segment = {.entry_number = 0, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1};
    report("segments of a program's own", syscall(SYS_modify_ldt, 1, &segment, sizeof segment) == 0);
}
#else
void check_programs(void)
{
}
#endif
