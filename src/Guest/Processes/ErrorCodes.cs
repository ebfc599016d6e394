using Grpc.Core;
using Islet.Guest.Linux;

namespace Islet.Guest.Processes;

/// <summary>The status codes that the host gets for error numbers of the kernel.</summary>
internal static class ErrorCodes
{
    public static StatusCode Of(int error) => error switch
    {
        Errno.ENOENT or Errno.ENODEV or Errno.ESRCH => StatusCode.NotFound,
        Errno.EEXIST => StatusCode.AlreadyExists,
        Errno.EACCES or Errno.EPERM => StatusCode.PermissionDenied,
        Errno.EINVAL or Errno.ENOTDIR or Errno.EISDIR or Errno.ELOOP or Errno.ENAMETOOLONG or Errno.ENOEXEC => StatusCode.InvalidArgument,
        Errno.ENOSPC or Errno.EDQUOT or Errno.ENOMEM or Errno.EAGAIN => StatusCode.ResourceExhausted,
        Errno.EROFS or Errno.EBUSY or Errno.ENOTEMPTY => StatusCode.FailedPrecondition,
        Errno.ECONNREFUSED or Errno.EHOSTUNREACH or Errno.ENETUNREACH or Errno.ECONNRESET or Errno.ETIMEDOUT => StatusCode.Unavailable,
        Errno.EOPNOTSUPP or Errno.EAFNOSUPPORT => StatusCode.Unimplemented,
        _ => StatusCode.Internal,
    };
}
