namespace Islet;

/// <summary>
/// A container can't become ready any more, however long the wait: it is unhealthy, or the wait can't be carried out.
/// </summary>
/// <param name="message">A message that says what failed, why, and what to do.</param>
/// <param name="innerException">The cause, if another exception is one.</param>
public sealed class WaitFailedException(string message, Exception? innerException = null) : IsletException(message, innerException)
{
    internal static WaitFailedException For(WaitStrategy strategy, Exception cause) =>
        new($"The wait for {strategy.Description} has failed: {WaitContext.Reason(cause)}", cause);
}
