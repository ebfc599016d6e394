namespace Islet.Native.Posix;

/// <summary>Signal numbers, and how to send one.</summary>
internal static class Signals
{
    // The only one of these that Linux and macOS number differently.
    public static readonly int BusError = OperatingSystem.IsMacOS() ? 10 : 7;

    public const int Abort = 6;
    public const int Kill = 9;
    public const int SegmentationFault = 11;
    public const int Terminate = 15;

    /// <summary>Sends a signal to a process that is not our child. The caller has made sure whose id it is.</summary>
    /// <returns>Whether there was such a process, and it was ours to signal.</returns>
    public static bool Send(int processId, int signal) => Libc.Kill(processId, signal) == 0;
}

/// <summary>Error numbers that Linux and macOS agree on.</summary>
internal static class Errno
{
    public const int Interrupted = 4; // EINTR
}
