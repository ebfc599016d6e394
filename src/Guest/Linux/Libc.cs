using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The functions of the C library as they are. The other files of this folder wrap those that the agent uses.</summary>
/// <remarks>The library is linked in statically; nothing is looked up at run time.</remarks>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    // Descriptors.
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint read(int descriptor, byte* buffer, nuint count);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint pread(int descriptor, byte* buffer, nuint count, long offset);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint write(int descriptor, byte* buffer, nuint count);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int close(int descriptor);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int pipe2(int* descriptors, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int fcntl(int descriptor, int command, nint argument);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int ioctl(int descriptor, nuint request, void* argument);

    // Events.
    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_create1(int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_ctl(int epoll, int operation, int descriptor, void* epollEvent);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_wait(int epoll, void* events, int count, int timeout);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);

    // Files.
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int openat(int directory, string path, int flags, uint mode);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mkdirat(int directory, string path, uint mode);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int unlinkat(int directory, string path, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial long lseek(int descriptor, long offset, int origin);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int ftruncate(int descriptor, long length);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint getdents64(int directory, byte* entries, nuint size);
    [LibraryImport(Name)]
    public static partial void sync();
    [LibraryImport(Name, SetLastError = true)]
    public static partial int syncfs(int descriptor);

    // Files by names that are bytes.
    [LibraryImport(Name, SetLastError = true)]
    public static partial int openat(int directory, byte* path, int flags, uint mode);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int mkdirat(int directory, byte* path, uint mode);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int mknodat(int directory, byte* path, uint mode, ulong device);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int unlinkat(int directory, byte* path, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int symlinkat(byte* target, int directory, byte* path);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int linkat(int fromDirectory, byte* from, int toDirectory, byte* to, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint readlinkat(int directory, byte* path, byte* buffer, nuint size);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int fchmodat(int directory, byte* path, uint mode, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int fchownat(int directory, byte* path, uint user, uint group, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int utimensat(int directory, byte* path, TimeSpecification* times, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, void* status);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int lsetxattr(byte* path, byte* name, byte* value, nuint size, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint lgetxattr(byte* path, byte* name, byte* value, nuint size);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint llistxattr(byte* path, byte* names, nuint size);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int fchdir(int directory);

    // Mounts.
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string? source, string target, string? type, nuint flags, byte* data);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int umount2(string target, int flags);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int chdir(string path);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int chroot(string path);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int unshare(int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int setns(int descriptor, int flags);

    // The machine.
    [LibraryImport(Name, SetLastError = true)]
    public static partial int madvise(nint start, nuint length, int advice);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sethostname(string name, nuint length);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int clock_settime(int clock, TimeSpecification* time);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int clock_gettime(int clock, TimeSpecification* time);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int reboot(int command);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int uname(byte* name);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint sysconf(int name);

    // Processes.
    [LibraryImport(Name, SetLastError = true)]
    public static partial int kill(int process, int signal);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int waitpid(int process, int* status, int options);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int waitid(int kind, uint id, void* information, int options);
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint signal(int number, nint handler);

    // Sockets.
    [LibraryImport(Name, SetLastError = true)]
    public static partial int socket(int family, int type, int protocol);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int socketpair(int family, int type, int protocol, int* descriptors);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int connect(int descriptor, void* address, uint length);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int bind(int descriptor, void* address, uint length);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int listen(int descriptor, int backlog);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int accept4(int descriptor, void* address, uint* length, int flags);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int shutdown(int descriptor, int how);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int getsockopt(int descriptor, int level, int option, void* value, uint* length);
    [LibraryImport(Name, SetLastError = true)]
    public static partial int setsockopt(int descriptor, int level, int option, void* value, uint length);
}

[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpecification
{
    public long Seconds;
    public long Nanoseconds;
}
