using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet.Containers;

// The exceptions that callers get.
internal sealed partial class GuestCalls
{
    private IsletException Refuse(string operation, LifecycleState current, ContainerState actual, string expected) => actual switch
    {
        ContainerState.Deleted => Explain(new ContainerEndedException($"Cannot {operation}: {Name} was disposed.")),
        ContainerState.Stopped when current.Machine.Machine.Exited.IsCompleted =>
            Explain(new ContainerEndedException($"Cannot {operation}: the machine of {Name} has ended.")),
        _ => Explain(new InvalidContainerStateException(operation, actual, expected)),
    };

    /// <summary>Explains a broken channel to the agent. If the machine has ended, its end is the better explanation.</summary>
    /// <param name="exception">The failure of the channel.</param>
    /// <param name="machine">The machine whose agent was asked. Another one may have replaced it meanwhile.</param>
    public async Task<Exception> ExplainLossAsync(IOException exception, MachineConnection machine)
    {
        if (status.IsDisposing)
            return Explain(new ContainerEndedException($"{Name} was disposed while this was under way.", exception));

        string reason = await machine.DescribeLossAsync().ConfigureAwait(false);
        if (machine.IsRetired)
        {
            return Explain(new ContainerOperationException(
                $"The connection into {Name} ended because a checkpoint of it was taken, or it was rolled back to one.", exception));
        }

        return await ExplainEndAsync(machine.Machine, reason, exception).ConfigureAwait(false);
    }

    /// <summary>
    /// Explains the end of a machine. If it was ended because it could not continue, that is the reason, whatever its process reports.
    /// </summary>
    public async Task<IsletException> ExplainEndAsync(IVirtualMachine machine, string description, Exception? cause) => Explain(
        machine.Faulted.IsCompleted
            ? Ended(await machine.Faulted.ConfigureAwait(false))
            : new ContainerEndedException($"The machine of {Name} has ended: {description.TrimEnd('.')}.", cause));

    private static ContainerEndedException Ended(IsletException cause) => new(cause.PlainMessage, cause);

    /// <summary>Sets an exception's evidence to the container's.</summary>
    public T Explain<T>(T exception)
        where T : IsletException
    {
        exception.Evidence = Evidence();
        return exception;
    }

    private MachineConnection? LivingMachine() => HasEnded(status.Machine) ? null : status.Machine;

    private static bool HasEnded(MachineConnection machine) => machine.Machine.Exited.IsCompleted || machine.Machine.Faulted.IsCompleted;

    /// <summary>
    /// Returns the exception to report to the caller instead of that of a step: its type says whether the container runs on.
    /// </summary>
    /// <param name="exception">The exception. It gets the container's evidence if it has none.</param>
    /// <param name="living">The container's machine when the operation began; <see langword="null"/> if it had ended by then.</param>
    /// <returns><see langword="null"/> if the exception itself is the one to report.</returns>
    private IsletException? ForCaller(IsletException exception, MachineConnection? living)
    {
        // Several calls report the end of one machine with the same exception: each caller gets one of its own.
        if (living is not null && HasEnded(living) && ReferenceEquals(status.Machine, living)
            && exception is VirtualMachineException or SnapshotException or StorageException)
        {
            return Explain(new ContainerEndedException(exception.PlainMessage, exception));
        }

        switch (exception)
        {
            case SavedMachineException or SnapshotException:
                return Explain(new CheckpointException(exception.PlainMessage, exception));
            case VirtualMachineException:
                return Explain(new ContainerOperationException(exception.PlainMessage, exception));
            default:
                AddEvidence(exception);
                return null;
        }
    }

    /// <summary>Adds the container's evidence to an exception that has none.</summary>
    public void AddEvidence(Exception exception)
    {
        if (exception is IsletException { Evidence.IsEmpty: true } unexplained)
            Explain(unexplained);
    }

    /// <summary>Gathers the evidence: the image, the last lines of the log and of the console, the phases of the start.</summary>
    public FailureEvidence Evidence() => new()
    {
        Image = blueprint.Options.Image.ToString(),
        LogTail = log.Tail(50),
        ConsoleTail = status.Machine.Machine.ReadConsoleTail(50),
        Timeline = status.Timeline,
    };
}
