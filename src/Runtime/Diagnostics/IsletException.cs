using System.Text;

namespace Islet;

/// <summary>
/// The base of every error that Islet reports by itself. The message is written for the person who has to act: what failed, why, and what
/// to do. <see cref="Evidence"/> carries the observations.
/// </summary>
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
    internal string Reason => base.Message;

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
