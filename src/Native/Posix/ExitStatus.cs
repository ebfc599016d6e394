namespace Islet.Native.Posix;

/// <summary>The exit status of a child, from <c>waitpid</c>.</summary>
internal readonly record struct ExitStatus(int Status)
{
    /// <summary>The signal that ended the child; 0 when it exited by itself.</summary>
    public int Signal => Status & 0x7f;

    /// <summary>The child's exit code, when no signal ended it.</summary>
    public int ExitCode => (Status >> 8) & 0xff;

    /// <summary>Returns <c>exited with code 1</c>, <c>was killed by signal 9 (SIGKILL)</c>.</summary>
    public override string ToString() => Signal switch
    {
        0 => $"exited with code {ExitCode}",
        Signals.Kill => "was killed by signal 9 (SIGKILL)",
        Signals.Abort => "was killed by signal 6 (SIGABRT)",
        Signals.SegmentationFault => "was killed by signal 11 (SIGSEGV)",
        Signals.Terminate => "was killed by signal 15 (SIGTERM)",
        int signal => $"was killed by signal {signal}",
    };
}
