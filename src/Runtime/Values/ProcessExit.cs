namespace Islet;

/// <summary>The end of a process in a container.</summary>
/// <param name="ExitCode">Its exit code; 128 + the signal's number when a signal ended it, as shells report it.</param>
/// <param name="Signal">The number of the signal that ended it; 0 when it exited by itself.</param>
/// <param name="OutOfMemory">Whether the kernel killed it, or another process of the container, for lack of memory.</param>
/// <param name="ExitedAt">The time at which it ended, by the guest's clock.</param>
public sealed record ProcessExit(int ExitCode, int Signal = 0, bool OutOfMemory = false, DateTimeOffset ExitedAt = default)
{
    /// <summary>Returns text such as <c>exited with code 1</c> or <c>was ended by SIGKILL for lack of memory</c>.</summary>
    public override string ToString()
    {
        string how = Signal == 0 ? $"exited with code {ExitCode}" : $"was ended by {ContainerSignal.NameOf(Signal)}";
        return OutOfMemory ? how + " for lack of memory" : how;
    }
}
