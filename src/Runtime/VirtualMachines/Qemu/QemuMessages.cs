using Microsoft.Extensions.Logging;

namespace Islet.VirtualMachines.Qemu;

/// <summary>The messages about QEMU on this host.</summary>
internal static partial class QemuMessages
{
    [LoggerMessage(EventId = 500, Level = LogLevel.Information, Message = "Machines run in {How}")]
    public static partial void MachinesRunIn(this ILogger logger, string how);

    [LoggerMessage(
        EventId = 501, Level = LogLevel.Warning,
        Message = "Machines run as root: this root can't become another user (CAP_SETUID, CAP_SETGID, CAP_KILL), "
            + "or is root of a user namespace only")]
    public static partial void MachinesRunAsRoot(this ILogger logger);
}
