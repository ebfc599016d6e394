namespace Islet.Native.Posix;

/// <summary>Signal numbers, and a method that sends a signal.</summary>
internal static class Signals
{
    // The only one of these signals that has different numbers on Linux and macOS.
    public static readonly int BusError = OperatingSystem.IsMacOS() ? 10 : 7;

    public const int Abort = 6;
    public const int Kill = 9;
    public const int SegmentationFault = 11;
    public const int Terminate = 15;

    /// <summary>Sends a signal to a process that is not our child. The caller has checked which process has the id.</summary>
    /// <returns>Whether the process existed, and we were allowed to signal it.</returns>
    public static bool Send(int processId, int signal) => Libc.Kill(processId, signal) == 0;
}

/// <summary>Error numbers that are the same on Linux and macOS.</summary>
internal static class Errno
{
    public const int Interrupted = 4; // EINTR
}
