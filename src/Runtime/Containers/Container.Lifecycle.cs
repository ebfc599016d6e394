using System.Security.Cryptography;
using Islet.Networking;
using Islet.Protocol;
using Islet.Protocol.Agent;
using Islet.Starting;
using Microsoft.Extensions.Logging;

namespace Islet;

public sealed partial class Container
{
    // SIGKILL ends any process at once. An agent that has not reported the end by then does not answer any more.
    private static readonly TimeSpan s_longestKill = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _transition = new(1, 1);
    private volatile ContainerState _state = ContainerState.Created;
    private volatile bool _isDisposing;

    /// <summary>The state of the container.</summary>
    public ContainerState State => _state;

    /// <summary>Halts the whole machine: no process runs, no connection is answered, and the container's clock stands still.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task PauseAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Running, "pause");

        // It is not cancelled halfway: the machine's state would then be unknown.
        cancellationToken.ThrowIfCancellationRequested();
        await AskMachineAsync(Machine.PauseAsync(CancellationToken.None)).ConfigureAwait(false);
        _state = ContainerState.Paused;
    }

    /// <summary>
    /// Lets a paused machine continue, with its clock set right: to the host's time, or as far from it as <see cref="SetClockAsync"/> has
    /// set it.
    /// </summary>
    /// <exception cref="InvalidContainerStateException">The container is not paused.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Paused, "resume");
        cancellationToken.ThrowIfCancellationRequested();
        await AskMachineAsync(Machine.ResumeAsync(CancellationToken.None)).ConfigureAwait(false);
        _state = ContainerState.Running;
        await AskAgentAsync(limit => Agent.SetClockAsync(ClockTime, limit)).ConfigureAwait(false);
    }

    /// <summary>Sends a signal to the container's process.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task SendSignalAsync(ContainerSignal signal, CancellationToken cancellationToken = default)
    {
        Ensure(ContainerState.Running, "signal");
        await AskAgentAsync(Agent.SignalProcessAsync(ProcessDefaults.ContainerProcessId, signal.Number, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks the container's process to end, and kills it if it has not ended after the grace period. Its files can still be read
    /// until the container is disposed, and <see cref="StartAsync(CancellationToken)"/> starts it again. A container that has stopped
    /// already is left as it is. A machine that hangs, so that it does not carry out even SIGKILL within 5 seconds, is ended.
    /// </summary>
    /// <param name="gracePeriod">The time to wait before SIGKILL. Default: 10 seconds.</param>
    /// <param name="signal">The signal to send first. Default: the builder's, else the image's STOPSIGNAL, else SIGTERM.</param>
    /// <param name="cancellationToken">Cancels the wait; the signals that were sent stay sent.</param>
    /// <exception cref="InvalidContainerStateException">The container is paused or deleted.</exception>
    public async Task StopAsync(
        TimeSpan? gracePeriod = null, ContainerSignal? signal = null, CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (_state != ContainerState.Stopped)
            await StopRunningAsync("stop", gracePeriod, signal, cancellationToken).ConfigureAwait(false);
    }

    private async Task StopRunningAsync(string operation, TimeSpan? gracePeriod, ContainerSignal? signal, CancellationToken cancellationToken)
    {
        Ensure(ContainerState.Running, operation);
        LiveMachine live = _live;
        if (await EndsWithinAsync(signal ?? StopSignal, gracePeriod ?? TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false)
            || await EndsWithinAsync(ContainerSignal.Kill, s_longestKill, cancellationToken).ConfigureAwait(false))
            return;

        live.Machine.Kill(new VirtualMachineException(
            $"The machine of {Name} was ended: its agent did not carry out SIGKILL within {s_longestKill.TotalSeconds:0} s."));
        await ((Task)_exited.Task).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Sends a signal and waits for the end of the process, or of the machine. The time includes the wait for the agent's answer, which a
    /// machine that hangs never gives.
    /// </summary>
    private async Task<bool> EndsWithinAsync(ContainerSignal signal, TimeSpan time, CancellationToken cancellationToken)
    {
        Task exited = _exited.Task;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task timeout = Task.Delay(time, over.Token), signalled = SignalUnlessExitedAsync(signal, over.Token);
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

    private ContainerSignal StopSignal =>
        _options.StopSignal ?? (ImageConfig.StopSignal is { Length: > 0 } signal ? ContainerSignal.Parse(signal) : ContainerSignal.Terminate);

    private async Task SignalUnlessExitedAsync(ContainerSignal signal, CancellationToken cancellationToken)
    {
        try
        {
            await Agent.SignalProcessAsync(ProcessDefaults.ContainerProcessId, signal.Number, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception) when (exception.IsGone)
        {
            // It ended by itself at the same moment, as requested.
        }
        catch (AgentException exception)
        {
            throw Explain(new ContainerException($"{Name} could not be sent {signal}: {exception.Message}", exception));
        }
        catch (IOException)
        {
            // The machine has ended, or is ending: Exited reports that.
        }
    }

    /// <summary>
    /// Ends the machine and removes everything it had on the host. Operations under way in it fail. Further calls have no effect.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        // This comes first: an operation that has exclusive access may wait for a machine that never answers.
        _isDisposing = true;
        _live.Machine.Kill();
        await _transition.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_state == ContainerState.Deleted)
                return;

            _state = ContainerState.Deleted;
            _live.Machine.Kill();
            foreach (PortForwarder forwarder in _ports.Values)
                await forwarder.DisposeAsync().ConfigureAwait(false);
            await _live.DisposeAsync().ConfigureAwait(false);
            await _replaced.ConfigureAwait(false);
            _draft?.Dispose();
            await ReleaseAsync(_foundation).ConfigureAwait(false);
        }
        finally
        {
            _transition.Release();
        }
    }
}
