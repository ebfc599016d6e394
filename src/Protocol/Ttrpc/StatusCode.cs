namespace Islet.Protocol.Ttrpc;

/// <summary>The result of a call: google.rpc.Code, which ttrpc shares with gRPC.</summary>
public enum StatusCode
{
    /// <summary>The call succeeded.</summary>
    Ok = 0,

    /// <summary>The caller cancelled the call.</summary>
    Cancelled = 1,

    /// <summary>An error that fits no other code.</summary>
    Unknown = 2,

    /// <summary>The request is invalid, whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The caller's time limit was over.</summary>
    DeadlineExceeded = 4,

    /// <summary>Something that the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>Something that the request creates exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do that.</summary>
    PermissionDenied = 7,

    /// <summary>Too large, too many, or no space left.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the request needs.</summary>
    FailedPrecondition = 9,

    /// <summary>The call was given up because something else came in between; the whole operation may be tried again.</summary>
    Aborted = 10,

    /// <summary>The request is past the end of the valid range.</summary>
    OutOfRange = 11,

    /// <summary>The method does not exist here.</summary>
    Unimplemented = 12,

    /// <summary>The callee is broken.</summary>
    Internal = 13,

    /// <summary>Not possible now; the same request may be tried again.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or corrupt, permanently.</summary>
    DataLoss = 15,

    /// <summary>The caller has not identified itself.</summary>
    Unauthenticated = 16,
}
