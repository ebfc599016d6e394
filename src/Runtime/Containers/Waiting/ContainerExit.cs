namespace Islet.Containers.Waiting;

/// <summary>How a container's first process ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + <paramref name="Signal"/> when a signal ended it.</param>
/// <param name="Signal">The number of the signal that ended it; 0 when it exited by itself.</param>
/// <param name="OutOfMemory">The kernel ended it, or another process of the container, for lack of memory.</param>
public sealed record ContainerExit(int ExitCode, int Signal = 0, bool OutOfMemory = false)
{
    /// <summary><c>exited with code 1</c>, <c>was ended by SIGKILL for lack of memory</c></summary>
    public override string ToString()
    {
        string how = Signal == 0 ? $"exited with code {ExitCode}" : $"was ended by {NameOf(Signal)}";
        return OutOfMemory ? how + " for lack of memory" : how;
    }

    /// <summary>signal(7), for those that end containers in practice and have the same number on every architecture.</summary>
    private static string NameOf(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        31 => "SIGSYS",
        _ => $"signal {signal}",
    };
}
