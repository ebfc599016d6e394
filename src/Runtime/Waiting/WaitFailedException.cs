namespace Islet;

/// <summary>
/// The error that a container can't become ready any more, however long the wait: it exited, it is unhealthy, or the wait can't be carried
/// out.
/// </summary>
/// <param name="message">A message that says what failed, why, and what to do.</param>
/// <param name="innerException">The cause, if another exception is one.</param>
public sealed class WaitFailedException(string message, Exception? innerException = null)
    : ContainerStartException(ContainerStartReason.Wait, message, innerException)
{
    /// <summary>The exit of the container's process, if that ended the wait; otherwise <see langword="null"/>.</summary>
    public ProcessExit? Exit { get; internal init; }

    internal static WaitFailedException For(WaitStrategy strategy, Exception cause) =>
        new($"The wait for {strategy.Description} has failed: {WaitContext.Reason(cause)}", cause);

    internal static WaitFailedException For(WaitStrategy strategy, ProcessExit exit, WaitContext context)
    {
        string seen = context.LastSeen is { } lastSeen ? $"Last seen: {lastSeen}. " : "";
        return new WaitFailedException(
            $"The container {exit} before it was ready: waited for {strategy.Description}. {seen}{Advise(exit)}")
        {
            Exit = exit,
        };
    }

    private static string Advise(ProcessExit exit) => exit switch
    {
        { OutOfMemory: true } => "Give it more memory.",
        { ExitCode: 0, Signal: 0 } => "A container that is meant to run to its end is awaited with Wait.ForExit().",
        _ => "Its log should tell why.",
    };
}
