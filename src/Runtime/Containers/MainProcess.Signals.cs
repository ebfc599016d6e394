using Islet.Starting;

namespace Islet.Containers;

// Signals to the process, and its end by them.
internal sealed partial class MainProcess
{
    // SIGKILL ends any process at once. An agent that has not reported the end by then does not answer any more.
    private static readonly TimeSpan s_longestKill = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_defaultGracePeriod = TimeSpan.FromSeconds(10);

    /// <summary>Sends a signal to the process.</summary>
    public async Task SignalAsync(ContainerSignal signal, CancellationToken cancellationToken)
    {
        MachineConnection machine = calls.RequireRunning("signal");
        await calls.AskAgentAsync(
            machine.Agent.SignalProcessAsync(ProcessSettings.ContainerProcessId, signal.Number, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks the process to end, and kills it if it has not ended after the grace period. A machine that does not carry out even SIGKILL is
    /// ended.
    /// </summary>
    public async Task StopAsync(
        MachineConnection machine, TimeSpan? gracePeriod, ContainerSignal? signal, CancellationToken cancellationToken)
    {
        Task exited = Exited;
        if (await EndsWithinAsync(
            machine, exited, signal ?? StopSignal, gracePeriod ?? s_defaultGracePeriod, cancellationToken).ConfigureAwait(false)
            || await EndsWithinAsync(machine, exited, ContainerSignal.Kill, s_longestKill, cancellationToken).ConfigureAwait(false))
            return;

        machine.Machine.Kill(new VirtualMachineException(
            $"The machine of {blueprint.Name} was ended: its agent did not carry out SIGKILL within {s_longestKill.TotalSeconds:0} s."));
        await exited.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private ContainerSignal StopSignal =>
        blueprint.Options.StopSignal
        ?? (blueprint.ImageConfig.StopSignal is { Length: > 0 } signal ? ContainerSignal.Parse(signal) : ContainerSignal.Terminate);

    /// <summary>
    /// Sends a signal and waits for the end of the process, or of the machine. The time includes the wait for the agent's answer, which a
    /// machine that hangs never gives.
    /// </summary>
    private async Task<bool> EndsWithinAsync(
        MachineConnection machine, Task exited, ContainerSignal signal, TimeSpan time, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task timeout = Task.Delay(time, over.Token), signalled = SignalUnlessExitedAsync(machine, signal, over.Token);
        try
        {
            if (await Task.WhenAny(exited, timeout, signalled).ConfigureAwait(false) == signalled)
            {
                await signalled.ConfigureAwait(false);
                await Task.WhenAny(exited, timeout).ConfigureAwait(false);
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            _ = signalled.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return exited.IsCompleted;
    }

    private async Task SignalUnlessExitedAsync(MachineConnection machine, ContainerSignal signal, CancellationToken cancellationToken)
    {
        try
        {
            await machine.Agent.SignalProcessAsync(
                ProcessSettings.ContainerProcessId, signal.Number, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception) when (exception.IsGone)
        {
            // It ended by itself at the same moment, as requested.
        }
        catch (AgentException exception)
        {
            throw calls.Explain(
                new ContainerOperationException($"{blueprint.Name} could not be sent {signal}: {exception.Message}", exception));
        }
        catch (IOException)
        {
            // The machine has ended, or is ending: Exited reports that.
        }
    }
}
