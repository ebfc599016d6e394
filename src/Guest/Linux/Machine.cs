using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>Properties of the machine as a whole: its clock, name and power.</summary>
internal static unsafe class Machine
{
    public const int ClockRealtime = 0, ClockMonotonic = 1;

    public static long ReadClock(int clock)
    {
        TimeSpecification time;

        // SAFETY: the kernel fills the structure.
        _ = Libc.clock_gettime(clock, &time);
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    public static void SetClock(long unixNanoseconds)
    {
        var time = new TimeSpecification { Seconds = unixNanoseconds / 1_000_000_000, Nanoseconds = unixNanoseconds % 1_000_000_000 };

        // SAFETY: the kernel only reads the structure.
        if (Libc.clock_settime(ClockRealtime, &time) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "set the clock");
    }

    public static void SetHostname(string name)
    {
        if (Libc.sethostname(name, (nuint)Encoding.UTF8.GetByteCount(name)) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"set the hostname to \"{name}\"");
    }

    /// <summary>Returns the kernel's release and the machine's architecture, as uname(1) prints them.</summary>
    public static (string Release, string Machine) ReadNames()
    {
        const int Field = 65; // struct utsname has six fields of this size on Linux
        byte* names = stackalloc byte[6 * Field];

        // SAFETY: the buffer is as large as struct utsname, whose fields end with NUL.
        _ = Libc.uname(names);
        return (Marshal.PtrToStringUTF8((nint)(names + 2 * Field))!, Marshal.PtrToStringUTF8((nint)(names + 4 * Field))!);
    }

    /// <summary>Returns the amount of memory that the kernel can give out, in bytes.</summary>
    public static ulong ReadMemoryBytes()
    {
        const int _SC_PHYS_PAGES = 85;
        return (ulong)Libc.sysconf(_SC_PHYS_PAGES) * (ulong)Environment.SystemPageSize;
    }

    /// <summary>Writes all data that waits in memory to the disks.</summary>
    public static void Sync() => Libc.sync();

    /// <summary>Ends the machine. Does not return if the hardware obeys.</summary>
    public static void PowerOff()
    {
        const int RB_AUTOBOOT = 0x01234567, RB_POWER_OFF = 0x4321FEDC;

        // QEMU's microvm has no ACPI and so no power switch. A reset ends the machine there (-no-reboot), and `reboot=t` on the kernel's
        // command line makes it a triple fault, which needs no device either. On arm64 PSCI turns the power off.
        _ = Libc.reboot(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? RB_AUTOBOOT : RB_POWER_OFF);
    }

    /// <summary>Disables Ctrl-Alt-Delete, which would reboot at once; no user presses it on purpose here.</summary>
    public static void DisableRebootKey() => _ = Libc.reboot(0);

    public static void IgnoreBrokenPipes()
    {
        const int SIGPIPE = 13;
        const nint SIG_IGN = 1;
        _ = Libc.signal(SIGPIPE, SIG_IGN);
    }
}
