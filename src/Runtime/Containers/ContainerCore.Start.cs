using Islet.Diagnostics;
using Islet.Networking.Tools;
using Islet.Starting;
using Islet.Waiting;

namespace Islet.Containers;

// The steps of starts that follow the start of the machine.
internal sealed partial class ContainerCore
{
    /// <summary>
    /// Writes the files that the process needs, starts the process in a machine that has none yet, and publishes the ports.
    /// </summary>
    public async Task StartProcessAsync(CancellationToken deadline)
    {
        MachineConnection machine = Status.Machine;
        StartupTimeline.PhaseScope phase = Status.Timeline.Begin(StartupPhases.Process);
        bool copies = Options.Files.Length + Options.Copies.Length + Options.Archives.Length > 0;
        await Process.StartAsync(
            machine.Agent.BootstrapAsync(Bootstrap.Create(Blueprint, Identity, start: !copies), deadline)).ConfigureAwait(false);
        machine.ForwardHostPorts(Options.HostPorts, _logger);
        if (copies)
        {
            await Files.CopyBeforeStartAsync(deadline).ConfigureAwait(false);
            await Process.StartAsync(machine.Agent.StartProcessAsync(ProcessSettings.ContainerProcessId, deadline)).ConfigureAwait(false);
        }

        await Process.WatchAsync(machine, deadline).ConfigureAwait(false);
        PublishPorts();
        Status.RunOrStop();
        phase.Complete();
    }

    /// <summary>Continues from a saved container's state and log, as a container of its own, and publishes the ports.</summary>
    public async Task ContinueAsync(SavedLog log, CancellationToken deadline)
    {
        MachineConnection machine = Status.Machine;
        Process.Continue(log);
        await RenewAsync(machine, Renewal.Create(Clock.Time, Identity), Status.Timeline, deadline).ConfigureAwait(false);
        await Process.WatchAsync(machine, deadline).ConfigureAwait(false);
        machine.ForwardHostPorts(Options.HostPorts, _logger);
        PublishPorts();
        Status.RunOrStop();
    }

    /// <summary>Starts the process of a stopped container again, and waits until it is ready.</summary>
    private async Task StartProcessAgainAsync(CancellationToken cancellationToken)
    {
        MachineConnection machine = Calls.RequireMachine("start");
        StartupTimeline timeline = NewTimeline();
        var operation = ContainerOperation.Restart(timeline);
        operation.Activity?.Describe(this);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            Status.Timeline = timeline;
            StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Process);
            await Process.StartAgainAsync(machine).ConfigureAwait(false);
            phase.Complete();
            await WaitUntilReadyAsync(Options.StartTimeout - timeline.Elapsed, cancellationToken).ConfigureAwait(false);
            operation.Complete();
        }
        catch (Exception exception)
        {
            operation.Fail(exception);
            Calls.AddEvidence(exception);
            throw;
        }
    }

    /// <summary>
    /// Waits for the builder's wait strategy, for the rest of the start timeout unless the builder set a ready timeout.
    /// </summary>
    public async Task WaitUntilReadyAsync(TimeSpan rest, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = Status.Timeline.Begin(StartupPhases.Ready);
        TimeSpan limit = Options.ReadyTimeout ?? (rest > TimeSpan.Zero ? rest : TimeSpan.FromTicks(1));
        await WaitRunner.RunAsync(
            Options.Wait ?? Wait.Default, new ContainerWaitTarget(this), limit, cancellationToken).ConfigureAwait(false);
        phase.Complete();
        _logger.ContainerReady(Blueprint.Name, Options.Image, Status.Timeline);
    }

    private void PublishPorts()
    {
        Ports.Publish((port, cancellationToken) => Agent.DialTcpAsync(port, cancellationToken));
        if (Options.AgentSocket is { } path)
            _agentSocket = AgentSocket.Listen(path, () => Machine.Channel.Calls, _logger);
    }
}
