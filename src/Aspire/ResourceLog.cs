using Microsoft.Extensions.Logging;

namespace Islet.Aspire;

/// <summary>What is said in a resource's own log, beside what its container writes.</summary>
internal static partial class ResourceLog
{
    [LoggerMessage(EventId = 600, Level = LogLevel.Information, Message = "The micro-VM runs: {Timeline}")]
    public static partial void MicroVmRuns(this ILogger logger, string timeline);

    [LoggerMessage(EventId = 601, Level = LogLevel.Error, Message = "The micro-VM could not be started. {Reason}")]
    public static partial void StartFailed(this ILogger logger, string reason);

    [LoggerMessage(EventId = 602, Level = LogLevel.Error, Message = "The micro-VM has ended although nobody had asked for it. {Reason}")]
    public static partial void Crashed(this ILogger logger, string reason);

    [LoggerMessage(EventId = 603, Level = LogLevel.Error, Message = "The kernel has ended the container for lack of memory. Give it more: RunAsMicroVm(vm => vm.Memory = ...).")]
    public static partial void OutOfMemory(this ILogger logger);

    [LoggerMessage(EventId = 604, Level = LogLevel.Warning, Message = "The bind mount of {Source} at {Target} is a copy, made at each start: what changes on one side later is not seen on the other.")]
    public static partial void BindMountIsCopied(this ILogger logger, string source, string target);

    [LoggerMessage(EventId = 605, Level = LogLevel.Information, Message = "The volume {Volume} at {Target} is on the micro-VM's own disk and ends with it; WithLifetime(ContainerLifetime.Persistent) keeps it.")]
    public static partial void VolumeIsOwn(this ILogger logger, string volume, string target);

    [LoggerMessage(EventId = 606, Level = LogLevel.Warning, Message = "Arguments for a container engine have no effect in a micro-VM: {Arguments}. Say the same with RunAsMicroVm(vm => vm.Configure = ...).")]
    public static partial void EngineArgumentsIgnored(this ILogger logger, string arguments);

    [LoggerMessage(EventId = 607, Level = LogLevel.Warning, Message = "'{Resource}' is the emulator of a cloud service and is left to the container engine.")]
    public static partial void LeftToEngine(this ILogger logger, string resource);

    [LoggerMessage(EventId = 608, Level = LogLevel.Warning, Message = "'{Container}' is left to the container engine and refers to '{MicroVm}', which runs in a micro-VM: from Aspire 13.3 on it would wait for ever. Run it in a micro-VM as well (UseMicroVms), or set ASPIRE_ENABLE_CONTAINER_TUNNEL=false.")]
    public static partial void EngineRefersToMicroVm(this ILogger logger, string container, string microVm);

    [LoggerMessage(EventId = 609, Level = LogLevel.Information, Message = "The state of {Taken} is restored.")]
    public static partial void StateRestored(this ILogger logger, DateTimeOffset taken);

    [LoggerMessage(EventId = 610, Level = LogLevel.Warning, Message = "The state that was kept can't be restored, and the container starts anew: {Reason}")]
    public static partial void StateNotRestored(this ILogger logger, string reason);

    [LoggerMessage(EventId = 611, Level = LogLevel.Error, Message = "The state could not be kept; the one that was kept before stays: {Reason}")]
    public static partial void StateNotKept(this ILogger logger, string reason);

    [LoggerMessage(EventId = 612, Level = LogLevel.Information, Message = "A checkpoint was taken: {Timeline}")]
    public static partial void CheckpointTaken(this ILogger logger, string timeline);

    [LoggerMessage(EventId = 613, Level = LogLevel.Information, Message = "Rolled back to the checkpoint of {Taken}: {Timeline}")]
    public static partial void RolledBack(this ILogger logger, DateTimeOffset taken, string timeline);

    [LoggerMessage(EventId = 614, Level = LogLevel.Information, Message = "Forked as '{Fork}': {Ports}")]
    public static partial void Forked(this ILogger logger, string fork, string ports);

    [LoggerMessage(EventId = 615, Level = LogLevel.Warning, Message = "{Path} on the host does not exist and is left out of the container's files.")]
    public static partial void FileLeftOut(this ILogger logger, string path);

    [LoggerMessage(EventId = 616, Level = LogLevel.Information, Message = "{Line}")]
    public static partial void Stdout(this ILogger logger, string line);

    [LoggerMessage(EventId = 617, Level = LogLevel.Error, Message = "{Line}")]
    public static partial void Stderr(this ILogger logger, string line);
}
