using System.Net.Sockets;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet.Containers;

/// <summary>
/// The checks before a call to a container's guest, and the errors after it: each is typed, and holds the container's evidence.
/// </summary>
internal sealed class GuestCalls(ContainerBlueprint blueprint, ContainerStatus status, ContainerLog log)
{
    /// <summary>
    /// The limit for calls that the agent of a running machine answers at once. Even on a busy host, an answer that takes longer never
    /// comes.
    /// </summary>
    public static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether an exception says that a machine, or the connection to its agent, is lost or does not answer, or that its agent refuses.
    /// </summary>
    public static bool IsLoss(Exception exception) => exception is IOException or SocketException or ObjectDisposedException
        or AgentException or VirtualMachineException or ContainerEndedException or OperationCanceledException;

    /// <summary>The container's name.</summary>
    public string Name => blueprint.Name;

    /// <summary>Requires a running container.</summary>
    /// <param name="operation">The operation, for the message: a verb.</param>
    /// <returns>The container's machine.</returns>
    /// <exception cref="InvalidContainerStateException">The container is in another state.</exception>
    public MachineConnection RequireRunning(string operation) => Require(ContainerState.Running, operation);

    /// <summary>Requires a container in one state.</summary>
    /// <inheritdoc cref="RequireRunning"/>
    public MachineConnection Require(ContainerState expected, string operation) => RequireAny([expected], operation, expected.ToString());

    /// <summary>Requires a container in one of several states.</summary>
    /// <inheritdoc cref="RequireRunning"/>
    public MachineConnection RequireAny(ReadOnlySpan<ContainerState> expected, string operation, string shown)
    {
        LifecycleState current = status.Current;
        ContainerState actual = StateForCallers(current);
        return expected.Contains(actual) ? current.Machine : throw Refuse(operation, current, actual, shown);
    }

    /// <summary>Requires a machine that answers: the container runs, or its process has ended and its files are still there.</summary>
    /// <inheritdoc cref="RequireRunning"/>
    public MachineConnection RequireMachine(string operation)
    {
        LifecycleState current = status.Current;
        ContainerState actual = StateForCallers(current);
        return actual is ContainerState.Created or ContainerState.Running or ContainerState.Stopped
            && !current.Machine.Machine.Exited.IsCompleted
            ? current.Machine
            : throw Refuse(operation, current, actual, "Running, or Stopped with its machine alive");
    }

    private IsletException Refuse(string operation, LifecycleState current, ContainerState actual, string expected) => actual switch
    {
        ContainerState.Deleted => Explain(new ContainerEndedException($"Cannot {operation}: {Name} was disposed.")),
        ContainerState.Stopped when current.Machine.Machine.Exited.IsCompleted =>
            Explain(new ContainerEndedException($"Cannot {operation}: the machine of {Name} has ended.")),
        _ => Explain(new InvalidContainerStateException(operation, actual, expected)),
    };

    /// <summary>Returns the state of the container as an operation that begins now sees it.</summary>
    private ContainerState StateForCallers(LifecycleState current) => status.IsDisposing ? ContainerState.Deleted : current.Name;

    /// <summary>
    /// Makes a call to the agent that must not be cancelled halfway. The call still has a limit: a compromised agent could answer all other
    /// calls and never this one.
    /// </summary>
    public async Task AskAgentAsync(Func<CancellationToken, Task> call)
    {
        using var limit = new CancellationTokenSource(LongestAnswer);
        try
        {
            await AskAgentAsync(call(limit.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw Explain(new ContainerEndedException(
                $"The agent of {Name} has not answered for {LongestAnswer.TotalSeconds:0} s, although its machine runs. "
                + "Dispose the container.", exception));
        }
    }

    /// <summary>Awaits a call to the agent.</summary>
    public async Task<T> AskAgentAsync<T>(Task<T> call)
    {
        // Another machine may have replaced this one when the call fails.
        MachineConnection asked = status.Machine;
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw Explain(new ContainerOperationException($"{Name}: {exception.Message}", exception));
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception, asked).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="AskAgentAsync{T}"/>
    public Task AskAgentAsync(Task call) => AskAgentAsync(WithResultAsync(call));

    /// <summary>Awaits an operation of the machine itself, and adds the container's evidence to its error.</summary>
    public async Task AskMachineAsync(ValueTask call)
    {
        MachineConnection machine = status.Machine;
        try
        {
            await call.ConfigureAwait(false);
        }
        catch (IsletException exception)
        {
            if (status.IsDisposing)
                throw Explain(new ContainerEndedException($"{Name} was disposed while this was under way.", exception));
            if (ForCaller(exception, machine) is { } reported)
                throw reported;
            throw;
        }
    }

    /// <summary>Awaits an operation of many steps. If any of them fails, the error is typed and has the container's evidence.</summary>
    public async Task<T> ExplainAsync<T>(Task<T> steps)
    {
        MachineConnection machine = status.Machine;
        try
        {
            return await steps.ConfigureAwait(false);
        }
        catch (IsletException exception)
        {
            if (ForCaller(exception, machine) is { } reported)
                throw reported;
            throw;
        }
        catch (Exception exception) when (
            exception is IOException or SocketException or ObjectDisposedException
            && (status.IsDisposing || machine.Machine.Exited.IsCompleted))
        {
            // The streams, sockets and files of a machine break when it ends.
            throw await ExplainLossAsync(
                exception as IOException ?? new IOException(exception.Message, exception), machine).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="ExplainAsync{T}"/>
    public Task ExplainAsync(Task steps) => ExplainAsync(WithResultAsync(steps));

    /// <summary>Explains a broken channel to the agent. If the machine has ended, its end is the better explanation.</summary>
    /// <param name="exception">The failure of the channel.</param>
    /// <param name="machine">The machine whose agent was asked. Another one may have replaced it meanwhile.</param>
    public async Task<Exception> ExplainLossAsync(IOException exception, MachineConnection machine)
    {
        if (status.IsDisposing)
            return Explain(new ContainerEndedException($"{Name} was disposed while this was under way.", exception));

        await machine.WaitForEndAfterLossAsync().ConfigureAwait(false);
        if (machine.IsRetired)
        {
            return Explain(new ContainerOperationException(
                $"The connection into {Name} ended because a checkpoint of it was taken, or it was rolled back to one.", exception));
        }

        string reason = machine.Machine.Exited.IsCompleted
            ? (await machine.Machine.Exited.ConfigureAwait(false)).Description
            : "the connection to its agent was lost";
        return await ExplainEndAsync(machine.Machine, reason, exception).ConfigureAwait(false);
    }

    /// <summary>
    /// Explains the end of a machine. If it was ended because it could not continue, that is the reason, whatever its process reports.
    /// </summary>
    public async Task<IsletException> ExplainEndAsync(IVirtualMachine machine, string description, Exception? cause) => Explain(
        machine.Faulted.IsCompleted
            ? Ended(await machine.Faulted.ConfigureAwait(false))
            : new ContainerEndedException($"The machine of {Name} has ended: {description.TrimEnd('.')}.", cause));

    /// <summary>Sets an exception's evidence to the container's.</summary>
    public T Explain<T>(T exception)
        where T : IsletException
    {
        exception.Evidence = Evidence();
        return exception;
    }

    /// <summary>
    /// Adds the container's evidence to an exception that has none. Returns the exception to report instead of it, whose type says whether
    /// the container runs on; <see langword="null"/> if the exception itself says so.
    /// </summary>
    private IsletException? ForCaller(IsletException exception, MachineConnection machine)
    {
        AddEvidence(exception);
        return exception switch
        {
            SavedMachineException or SnapshotException =>
                new CheckpointException(exception.PlainMessage, exception) { Evidence = exception.TakeEvidence() },
            VirtualMachineException when machine.Machine.Exited.IsCompleted || machine.Machine.Faulted.IsCompleted => Ended(exception),
            VirtualMachineException =>
                new ContainerOperationException(exception.PlainMessage, exception) { Evidence = exception.TakeEvidence() },
            _ => null,
        };
    }

    private static ContainerEndedException Ended(IsletException cause) =>
        new(cause.PlainMessage, cause) { Evidence = cause.TakeEvidence() };

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

    private static async Task<bool> WithResultAsync(Task steps)
    {
        await steps.ConfigureAwait(false);
        return true;
    }
}
