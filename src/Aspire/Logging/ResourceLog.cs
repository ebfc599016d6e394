using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Logging;

/// <summary>The adapter's own lines in a resource's log, marked as the orchestrator marks its own, among the container's output.</summary>
internal static partial class ResourceLog
{
    private const string Mark = "[sys] ";

    [LoggerMessage(EventId = 600, Level = LogLevel.Information, Message = "[sys] The micro-VM runs: {Timeline}")]
    public static partial void MicroVmRuns(this ILogger logger, string timeline);

    public static void StartFailed(this ILogger logger, string reason) => logger.StartFailedBecause(MarkLines(reason));

    [LoggerMessage(EventId = 601, Level = LogLevel.Error, Message = "[sys] The micro-VM could not be started. {Reason}")]
    private static partial void StartFailedBecause(this ILogger logger, string reason);

    public static void Crashed(this ILogger logger, string reason) => logger.CrashedBecause(MarkLines(reason));

    [LoggerMessage(EventId = 602, Level = LogLevel.Error, Message = "[sys] The micro-VM has ended without having been asked to. {Reason}")]
    private static partial void CrashedBecause(this ILogger logger, string reason);

    [LoggerMessage(
        EventId = 603, Level = LogLevel.Error,
        Message = "[sys] The kernel has ended the container for lack of memory. Give it more: RunAsMicroVm(vm => vm.Memory = ...).")]
    public static partial void OutOfMemory(this ILogger logger);

    [LoggerMessage(
        EventId = 604, Level = LogLevel.Warning,
        Message = "[sys] The bind mount of {Source} at {Target} is a copy, made at each start: "
            + "what changes on one side later is not seen on the other.")]
    public static partial void BindMountIsCopied(this ILogger logger, string source, string target);

    [LoggerMessage(
        EventId = 605, Level = LogLevel.Information,
        Message = "[sys] The volume at {Target} has no name: it is on the micro-VM's own disk and ends with it.")]
    public static partial void VolumeIsOwn(this ILogger logger, string target);

    [LoggerMessage(
        EventId = 606, Level = LogLevel.Warning,
        Message = "[sys] Arguments for a container engine have no effect in a micro-VM: "
            + "{Arguments}. Say the same with RunAsMicroVm(vm => vm.Configure = ...).")]
    public static partial void EngineArgumentsIgnored(this ILogger logger, string arguments);

    [LoggerMessage(
        EventId = 607, Level = LogLevel.Warning,
        Message = "[sys] '{Resource}' is the emulator of a cloud service and is left to the container engine.")]
    public static partial void LeftToEngine(this ILogger logger, string resource);

    [LoggerMessage(
        EventId = 608, Level = LogLevel.Warning,
        Message = "[sys] '{Container}' is left to the container engine and refers to '{MicroVm}', which runs in a micro-VM: from Aspire "
            + "13.3 on it would wait forever. Run it in a micro-VM as well (UseMicroVms), or set ASPIRE_ENABLE_CONTAINER_TUNNEL=false.")]
    public static partial void EngineRefersToMicroVm(this ILogger logger, string container, string microVm);

    [LoggerMessage(EventId = 609, Level = LogLevel.Information, Message = "[sys] The state of {Taken} is restored.")]
    public static partial void StateRestored(this ILogger logger, DateTimeOffset taken);

    public static void StateNotRestored(this ILogger logger, string reason) => logger.StateNotRestoredBecause(MarkLines(reason));

    [LoggerMessage(
        EventId = 610, Level = LogLevel.Warning,
        Message = "[sys] The state that was kept can't be restored, and the container starts from its image: {Reason}")]
    private static partial void StateNotRestoredBecause(this ILogger logger, string reason);

    public static void StateNotKept(this ILogger logger, string reason) => logger.StateNotKeptBecause(MarkLines(reason));

    [LoggerMessage(
        EventId = 611, Level = LogLevel.Error, Message = "[sys] The state could not be kept; the one that was kept before stays: {Reason}")]
    private static partial void StateNotKeptBecause(this ILogger logger, string reason);

    [LoggerMessage(EventId = 612, Level = LogLevel.Information, Message = "[sys] The checkpoint {Name} was taken: {Timeline}")]
    public static partial void CheckpointTaken(this ILogger logger, string name, string timeline);

    [LoggerMessage(
        EventId = 613, Level = LogLevel.Information, Message = "[sys] Rolled back to the checkpoint {Name} of {Taken}: {Timeline}")]
    public static partial void RolledBack(this ILogger logger, string name, DateTimeOffset taken, string timeline);

    [LoggerMessage(EventId = 614, Level = LogLevel.Information, Message = "[sys] Forked as '{Fork}': {Ports}")]
    public static partial void Forked(this ILogger logger, string fork, string ports);

    [LoggerMessage(
        EventId = 615, Level = LogLevel.Warning,
        Message = "[sys] {Path} on the host does not exist and is left out of the container's files.")]
    public static partial void FileLeftOut(this ILogger logger, string path);

    [LoggerMessage(EventId = 616, Level = LogLevel.Information, Message = "{Line}")]
    public static partial void Stdout(this ILogger logger, string line);

    [LoggerMessage(EventId = 617, Level = LogLevel.Error, Message = "{Line}")]
    public static partial void Stderr(this ILogger logger, string line);

    [LoggerMessage(
        EventId = 618, Level = LogLevel.Information,
        Message = "[sys] The volume {Volume} at {Target} is new. It is kept when the "
            + "container ends, by itself or because it is stopped, and not when the AppHost or the micro-VM is killed.")]
    public static partial void VolumeIsNew(this ILogger logger, string volume, string target);

    [LoggerMessage(
        EventId = 619, Level = LogLevel.Information,
        Message = "[sys] The volume {Volume} at {Target} has what was kept at {Kept}. It is kept again when the container ends, "
            + "by itself or because it is stopped, and not when the AppHost or the micro-VM is killed.")]
    public static partial void VolumeIsFilled(this ILogger logger, string volume, string target, DateTime kept);

    [LoggerMessage(EventId = 620, Level = LogLevel.Information, Message = "[sys] The volume {Volume} was kept: {Size}.")]
    public static partial void VolumeIsKept(this ILogger logger, string volume, string size);

    public static void VolumeIsNotKept(this ILogger logger, string volume, string reason) =>
        logger.VolumeIsNotKeptBecause(volume, MarkLines(reason));

    [LoggerMessage(
        EventId = 621, Level = LogLevel.Error,
        Message = "[sys] The volume {Volume} could not be kept, so that what was kept before stays: {Reason}")]
    private static partial void VolumeIsNotKeptBecause(this ILogger logger, string volume, string reason);

    [LoggerMessage(
        EventId = 622, Level = LogLevel.Warning,
        Message = "[sys] The warm start has no effect: a state from before would put the named volumes back to what they were then.")]
    public static partial void WarmStartIgnored(this ILogger logger);

    // A reason carries its evidence in further lines, and each of them is a line of the log.
    private static string MarkLines(string reason) => reason.TrimEnd().ReplaceLineEndings("\n" + Mark);
}
