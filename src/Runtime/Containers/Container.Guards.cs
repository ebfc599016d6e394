using Islet.Agent;
using Islet.Diagnostics;
using Islet.VirtualMachines;

namespace Islet.Containers;

// What every operation does before and after it talks to the guest.
public sealed partial class Container
{
    private void Ensure(ContainerState expected, string operation)
    {
        ContainerState actual = _state;
        if (actual != expected)
            throw Explain(new InvalidContainerStateException(operation, actual, expected.ToString()));
    }

    /// <summary>The machine answers: the container runs, or its process has ended and its files are still there.</summary>
    private void EnsureMachine(string operation)
    {
        ContainerState actual = _state;
        if (actual is ContainerState.Paused or ContainerState.Deleted || _machine.Exited.IsCompleted)
            throw Explain(new InvalidContainerStateException(operation, actual, "Running, or Stopped with its machine alive"));
    }

    private async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _transition.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_transition);
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

    private Task AskAgentAsync(Task call)
    {
        return AskAgentAsync(WithResultAsync());

        async Task<bool> WithResultAsync()
        {
            await call.ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>The channel broke: the machine's end, if that is why, is the better story.</summary>
    private async Task<Exception> ExplainLossAsync(IOException exception)
    {
        // The socket closes a moment before the process is reaped.
        await Task.WhenAny(_machine.Exited, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false);
        string reason = _machine.Exited.IsCompleted
            ? (await _machine.Exited.ConfigureAwait(false)).Description
            : "the connection to its agent was lost";
        return Explain(await MachineEndAsync(reason, exception).ConfigureAwait(false));
    }

    /// <summary>A machine that was ended because it could not go on has ended for that reason, whatever its process says.</summary>
    private async Task<IsletException> MachineEndAsync(string description, Exception? cause) => _machine.Faulted.IsCompleted
        ? await _machine.Faulted.ConfigureAwait(false)
        : new VirtualMachineException($"The machine of {Name} has ended: {description.TrimEnd('.')}.", cause);

    /// <summary>A machine that stands still answers nobody: only its end makes what waits for it fail, and say why.</summary>
    private static async Task EndWhenFaultedAsync(IVirtualMachine machine)
    {
        if (await Task.WhenAny(machine.Faulted, machine.Exited).ConfigureAwait(false) == machine.Faulted)
            await machine.WaitForPowerOffAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
    }

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
