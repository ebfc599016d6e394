using Grpc.Core;
using Islet.Diagnostics;

namespace Islet;

/// <summary>The error that the agent in the guest has refused a call. The guest is unharmed.</summary>
internal sealed class AgentException : ContainerOperationException
{
    // The message comes from the guest: it may have any length and any content.
    private const int LongestMessage = 1000;

    internal AgentException(StatusCode code, string message, Exception? innerException = null)
        : base(HarmlessText.Line(message, LongestMessage), innerException) => Code = code;

    /// <summary>The kind of refusal.</summary>
    internal StatusCode Code { get; }

    /// <summary>Whether the object of the call no longer exists.</summary>
    internal bool IsGone => Code is StatusCode.NotFound or StatusCode.FailedPrecondition;
}
