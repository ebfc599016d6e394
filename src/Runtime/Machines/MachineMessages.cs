using Islet.Snapshots;
using Microsoft.Extensions.Logging;

namespace Islet.Machines;

/// <summary>The messages about machines that are made ahead of their use, and about boot templates.</summary>
internal static partial class MachineMessages
{
    [LoggerMessage(
        EventId = 200, Level = LogLevel.Information,
        Message = "The boot template {Name} is made: machines with {Memory} and {Cpus} CPUs are restored from now on")]
    public static partial void TemplateMade(this ILogger logger, SnapshotName name, MemorySize memory, int cpus);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "A boot template can't be made, so that machines boot: {Reason}")]
    public static partial void TemplateNotMade(this ILogger logger, string reason);

    [LoggerMessage(
        EventId = 202, Level = LogLevel.Warning,
        Message = "A boot template can't be restored and is made again; this machine boots: {Reason}")]
    public static partial void TemplateRefused(this ILogger logger, string reason);

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "A pooled machine could not be used: {Reason}")]
    public static partial void PooledMachineFailed(this ILogger logger, string reason);

    [LoggerMessage(
        EventId = 210, Level = LogLevel.Information,
        Message = "The host is short of memory: the machines that were made ahead of their use are given back")]
    public static partial void MachinesGivenBack(this ILogger logger);

    [LoggerMessage(EventId = 211, Level = LogLevel.Warning, Message = "A machine can't be made ahead of its use: {Reason}")]
    public static partial void MachineNotStartedAhead(this ILogger logger, string reason);

    [LoggerMessage(EventId = 212, Level = LogLevel.Warning, Message = "A machine that was started ahead could not be used: {Reason}")]
    public static partial void WaitingMachineFailed(this ILogger logger, string reason);
}
