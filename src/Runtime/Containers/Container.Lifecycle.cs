using System.Security.Cryptography;
using Islet.Agent;
using Islet.Containers.Waiting;
using Islet.Diagnostics;
using Islet.Images;
using Islet.Network;
using Islet.Protocol;
using Islet.Protocol.Agent;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

public sealed partial class Container
{
    private readonly SemaphoreSlim _transition = new(1, 1);
    private volatile ContainerState _state = ContainerState.Created;

    /// <summary>Where the container is in its life.</summary>
    public ContainerState State => _state;

    /// <summary>Halts the whole machine: no process runs, no connection is answered, the container's clock stands still.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task PauseAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Running, "pause");
        await Machine.PauseAsync(cancellationToken).ConfigureAwait(false);
        _state = ContainerState.Paused;
    }

    /// <summary>Lets a paused machine go on, with its clock set right: to the host's, or as far from it as <see cref="SetClockAsync"/> has set it.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not paused.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Paused, "resume");
        await Machine.ResumeAsync(cancellationToken).ConfigureAwait(false);
        _state = ContainerState.Running;
        await AskAgentAsync(Agent.SetClockAsync(ClockTime, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Sends a signal to the container's process.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task SendSignalAsync(ContainerSignal signal, CancellationToken cancellationToken = default)
    {
        Ensure(ContainerState.Running, "signal");
        await AskAgentAsync(Agent.SignalProcessAsync(ProcessDefaults.ContainerProcessId, signal.Number, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks the container's process to end and, when it has not after the grace period, ends it. Its files can still be read
    /// until the container is disposed, and <see cref="StartAsync(CancellationToken)"/> starts it anew. A container that has stopped already
    /// is left as it is.
    /// </summary>
    /// <param name="gracePeriod">How long to wait before SIGKILL. Default: 10 seconds.</param>
    /// <param name="signal">What to send first. Default: the builder's, else the image's STOPSIGNAL, else SIGTERM.</param>
    /// <param name="cancellationToken">Ends the wait; the signals that were sent stay sent.</param>
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
        await SignalUnlessExitedAsync(signal ?? StopSignal, cancellationToken).ConfigureAwait(false);
        Task grace = Task.Delay(gracePeriod ?? TimeSpan.FromSeconds(10), cancellationToken);
        if (await Task.WhenAny(_exited.Task, grace).ConfigureAwait(false) == grace)
        {
            await grace.ConfigureAwait(false);
            await SignalUnlessExitedAsync(ContainerSignal.Kill, cancellationToken).ConfigureAwait(false);
        }

        await _exited.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
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
            // It ended by itself in the same moment: what was asked for.
        }
    }

    /// <summary>Ends the machine and removes everything it had on the host. Calling it again is harmless.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transition.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_state == ContainerState.Deleted)
                return;

            _state = ContainerState.Deleted;
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
