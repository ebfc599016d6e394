using System.Text;

namespace Islet;

/// <summary>
/// The base of every error that Islet reports by itself. The message is written for the person who has to act: what failed, why, and what
/// to do. <see cref="Evidence"/> carries the observations.
/// </summary>
/// <remarks>
/// The type says whether the program can carry on:
/// <list type="bullet">
/// <item><description><see cref="ContainerOperationException"/>: an operation failed. The container runs on.</description></item>
/// <item><description>
/// <see cref="ContainerEndedException"/>: the container has ended. Roll it back, or start another one.
/// </description></item>
/// <item><description>
/// <see cref="ContainerStartException"/>: a start failed, and nothing is left of it. Its reason says why.
/// </description></item>
/// <item><description><see cref="HostUnsupportedException"/>: no start can succeed on this host.</description></item>
/// <item><description><see cref="IsletOptionsException"/>: the settings are not valid.</description></item>
/// </list>
/// Mistakes in calls are an <see cref="ArgumentException"/> or an <see cref="InvalidOperationException"/>, and a cancellation by the caller
/// is an <see cref="OperationCanceledException"/>.
/// </remarks>
public class IsletException : Exception
{
    /// <summary>Creates an error.</summary>
    /// <param name="message">The message: what failed, why, and what to do, in sentences.</param>
    /// <param name="innerException">The exception that caused the error, if any.</param>
    public IsletException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The observations at the failure: image, log tail, console tail, timeline. Empty if there are none.</summary>
    public FailureEvidence Evidence { get; internal set; } = FailureEvidence.None;

    /// <summary>The message without the evidence.</summary>
    internal string PlainMessage => base.Message;

    /// <summary>
    /// Returns the evidence, and removes it: the exception that wraps this one shows it. Shown twice, it would hide the reason.
    /// </summary>
    internal FailureEvidence TakeEvidence()
    {
        FailureEvidence evidence = Evidence;
        Evidence = FailureEvidence.None;
        return evidence;
    }

    /// <summary>The message, followed by the evidence.</summary>
    public override string Message
    {
        get
        {
            if (Evidence.IsEmpty)
                return base.Message;

            var text = new StringBuilder(base.Message);
            Evidence.AppendTo(text);
            return text.ToString();
        }
    }
}
