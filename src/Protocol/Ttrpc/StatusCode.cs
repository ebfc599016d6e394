namespace Islet.Protocol.Ttrpc;

/// <summary>How a call ended: google.rpc.Code, which ttrpc shares with gRPC.</summary>
public enum StatusCode
{
    /// <summary>It succeeded.</summary>
    Ok = 0,

    /// <summary>The caller gave it up.</summary>
    Cancelled = 1,

    /// <summary>An error that fits nothing else.</summary>
    Unknown = 2,

    /// <summary>The request makes no sense, whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The caller's time was over.</summary>
    DeadlineExceeded = 4,

    /// <summary>Something that the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>Something that the request makes exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do that.</summary>
    PermissionDenied = 7,

    /// <summary>Too large, too many, or no space left.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the request needs.</summary>
    FailedPrecondition = 9,

    /// <summary>Given up because something else came in between; the whole may be tried again.</summary>
    Aborted = 10,

    /// <summary>Past the end of what there is.</summary>
    OutOfRange = 11,

    /// <summary>The method does not exist here.</summary>
    Unimplemented = 12,

    /// <summary>The callee is broken.</summary>
    Internal = 13,

    /// <summary>Not possible now; the same request may be tried again.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or corrupt for good.</summary>
    DataLoss = 15,

    /// <summary>The caller has not said who it is.</summary>
    Unauthenticated = 16,
}
