namespace Islet;

/// <summary>A container exited before it was ready, or with another exit code than the expected one.</summary>
public sealed class ContainerExitedException : IsletException
{
    internal ContainerExitedException(string message, ProcessExit exit, Exception? innerException = null)
        : base(message, innerException) => Exit = exit;

    /// <summary>The exit of the container's process.</summary>
    public ProcessExit Exit { get; }

    internal static ContainerExitedException For(WaitStrategy strategy, ProcessExit exit, WaitContext context)
    {
        string seen = context.LastSeen is { } lastSeen ? $"Last seen: {lastSeen}. " : "";
        return new ContainerExitedException(
            $"The container {exit} before it was ready: waited for {strategy.Description}. {seen}{Advise(exit)}", exit);
    }

    private static string Advise(ProcessExit exit) => exit switch
    {
        { OutOfMemory: true } => "Give it more memory.",
        { ExitCode: 0, Signal: 0 } => "A container that is meant to run to its end is awaited with Wait.ForExit().",
        _ => "Its log should tell why.",
    };
}
