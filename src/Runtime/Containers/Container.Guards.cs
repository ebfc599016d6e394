using System.Net.Sockets;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet;

// The checks of every operation before and after it talks to the guest.
public sealed partial class Container
{
    // The limit for calls that the agent of a running machine answers at once. Even on a busy host, an answer that takes longer never
    // comes.
    private static readonly TimeSpan s_longestAnswer = TimeSpan.FromSeconds(30);

    private void Ensure(ContainerState expected, string operation)
    {
        ContainerState actual = ActualState;
        if (actual != expected)
            throw Explain(new InvalidContainerStateException(operation, actual, expected.ToString()));
    }

    /// <summary>Requires a machine that answers: the container runs, or its process has ended and its files are still there.</summary>
    private void EnsureMachine(string operation)
    {
        ContainerState actual = ActualState;
        if (actual is ContainerState.Paused or ContainerState.Checkpointed or ContainerState.Deleted || Machine.Exited.IsCompleted)
            throw Explain(new InvalidContainerStateException(operation, actual, "Running, or Stopped with its machine alive"));
    }

    // Disposal waits until the operation under way has ended, but from now on no other operation begins.
    private ContainerState ActualState => _isDisposing ? ContainerState.Deleted : _state;

    private async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _transition.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_transition);
    }

    /// <summary>
    /// Makes a call to the agent that must not be cancelled halfway. The call still has a limit: a compromised agent could answer all other
    /// calls and never this one.
    /// </summary>
    private async Task AskAgentAsync(Func<CancellationToken, Task> call)
    {
        using var limit = new CancellationTokenSource(s_longestAnswer);
        try
        {
            await AskAgentAsync(call(limit.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw Explain(new VirtualMachineException(
                $"The agent of {Name} has not answered for {s_longestAnswer.TotalSeconds:0} s, although its machine runs. Dispose the container.", exception));
        }
    }

    private async Task<T> AskAgentAsync<T>(Task<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw Explain(new ContainerException($"{Name}: {exception.Message}", exception));
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception).ConfigureAwait(false);
        }
    }

    /// <summary>Awaits an operation of the machine itself, and adds the container's evidence to its error.</summary>
    private async Task AskMachineAsync(ValueTask call)
    {
        try
        {
            await call.ConfigureAwait(false);
        }
        catch (IsletException exception)
        {
            if (_isDisposing)
                throw Explain(new ContainerException($"{Name} was disposed while this was under way.", exception));
            if (exception.Evidence.IsEmpty)
                Explain(exception);
            throw;
        }
    }

    /// <summary>Awaits an operation of many steps. If any of them fails, the error is typed and has the container's evidence.</summary>
    private async Task<T> ExplainAsync<T>(Task<T> steps)
    {
        LiveMachine live = _live;
        try
        {
            return await steps.ConfigureAwait(false);
        }
        catch (IsletException exception)
        {
            if (exception.Evidence.IsEmpty)
                Explain(exception);
            throw;
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException && (_isDisposing || live.Machine.Exited.IsCompleted))
        {
            // The streams, sockets and files of a machine break when it ends.
            throw await ExplainLossAsync(exception as IOException ?? new IOException(exception.Message, exception), live).ConfigureAwait(false);
        }
    }

    private Task ExplainAsync(Task steps)
    {
        return ExplainAsync(WithResultAsync());

        async Task<bool> WithResultAsync()
        {
            await steps.ConfigureAwait(false);
            return true;
        }
    }

    private Task AskAgentAsync(Task call)
    {
        return AskAgentAsync(WithResultAsync());

        async Task<bool> WithResultAsync()
        {
            await call.ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Explains a broken channel to the agent. If the machine has ended, its end is the better explanation.</summary>
    private async Task<Exception> ExplainLossAsync(IOException exception, LiveMachine? asked = null)
    {
        LiveMachine live = asked ?? _live;
        if (_isDisposing)
            return Explain(new ContainerException($"{Name} was disposed while this was under way.", exception));

        // The socket closes a moment before the process is reaped.
        await Task.WhenAny(live.Machine.Exited, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false);
        if (live.IsRetired)
        {
            return Explain(new ContainerException(
                $"The connection into {Name} ended because a checkpoint of it was taken, or it was rolled back to one.", exception));
        }

        string reason = live.Machine.Exited.IsCompleted
            ? (await live.Machine.Exited.ConfigureAwait(false)).Description
            : "the connection to its agent was lost";
        return Explain(await MachineEndAsync(live.Machine, reason, exception).ConfigureAwait(false));
    }

    /// <summary>
    /// Explains the end of a machine. If it was ended because it could not continue, that is the reason, whatever its process reports.
    /// </summary>
    private async Task<IsletException> MachineEndAsync(IVirtualMachine machine, string description, Exception? cause) => machine.Faulted.IsCompleted
        ? await machine.Faulted.ConfigureAwait(false)
        : new VirtualMachineException($"The machine of {Name} has ended: {description.TrimEnd('.')}.", cause);

    private T Explain<T>(T exception)
        where T : IsletException
    {
        exception.Evidence = Evidence();
        return exception;
    }

    private sealed class Turn(SemaphoreSlim transition) : IDisposable
    {
        public void Dispose() => transition.Release();
    }
}
