using System.Text;

namespace Islet;

/// <summary>
/// The root of every error that Islet reports by itself. The message is written for the person who has to act: what failed,
/// why, and what to do; <see cref="Evidence"/> carries what was seen.
/// </summary>
public class IsletException : Exception
{
    /// <summary>Creates an error.</summary>
    /// <param name="message">What failed, why, and what to do, in sentences.</param>
    /// <param name="innerException">The cause, if another exception is one.</param>
    public IsletException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>What was seen when it failed: image, log tail, console tail, timeline. Empty where nothing applies.</summary>
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
