using System.Net.Sockets;
using Islet.Starting;

namespace Islet.Containers;

/// <summary>
/// The checks before a call to a container's guest, and the errors after it: each is typed, and holds the container's evidence.
/// </summary>
internal sealed partial class GuestCalls(ContainerBlueprint blueprint, ContainerStatus status, ContainerLog log)
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
        MachineConnection? living = LivingMachine();
        try
        {
            await call.ConfigureAwait(false);
        }
        catch (IsletException exception)
        {
            if (status.IsDisposing)
                throw Explain(new ContainerEndedException($"{Name} was disposed while this was under way.", exception));
            if (ForCaller(exception, living) is { } reported)
                throw reported;
            throw;
        }
    }

    /// <summary>Awaits an operation of many steps. If any of them fails, the error is typed and has the container's evidence.</summary>
    public async Task<T> ExplainAsync<T>(Task<T> steps)
    {
        MachineConnection machine = status.Machine;
        MachineConnection? living = LivingMachine();
        try
        {
            return await steps.ConfigureAwait(false);
        }
        catch (IsletException exception)
        {
            if (ForCaller(exception, living) is { } reported)
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

    private static async Task<bool> WithResultAsync(Task steps)
    {
        await steps.ConfigureAwait(false);
        return true;
    }
}
