namespace Islet.Protocol.Ttrpc;

/// <summary>The type of a message (ttrpc specification, "Message Types"). A receiver ignores types that it does not know.</summary>
public enum MessageType : byte
{
    /// <summary>Begins a call.</summary>
    Request = 1,

    /// <summary>Ends a call, with its result or an error.</summary>
    Response = 2,

    /// <summary>One message of a stream.</summary>
    Data = 3,
}
