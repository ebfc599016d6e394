using Islet.Diagnostics;
using Islet.Protocol.Ttrpc;

namespace Islet;

/// <summary>The agent in the guest has refused a call. The guest is unharmed.</summary>
public sealed class AgentException : IsletException
{
    // The message is the guest's: it may be of any length, and hold anything.
    private const int LongestMessage = 1000;

    internal AgentException(StatusCode code, string message, Exception? innerException = null)
        : base(HarmlessText.Line(message, LongestMessage), innerException) => Code = code;

    /// <summary>The kind of refusal, as in google.rpc.Code.</summary>
    public StatusCode Code { get; }

    /// <summary>What the call was about is no longer there.</summary>
    internal bool IsGone => Code is StatusCode.NotFound or StatusCode.FailedPrecondition;
}
