using Islet.Agent;
using Islet.Diagnostics;
using Islet.Engine;
using Islet.Networking;
using Islet.Networking.Outbound;
using Islet.Protocol;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Starting;

/// <summary>A running machine with the calls to its agent: what is behind a container until another is put in its place.</summary>
internal sealed class LiveMachine : IAsyncDisposable
{
    private volatile bool _isRetired;

    private LiveMachine(IVirtualMachine machine, AgentClient agent, OutboundGate? gate)
    {
        Gate = gate;
        Machine = machine;
        Agent = agent;
        IsletMetrics.CountWhileRunning(machine.Exited);
        _ = EndWhenFaultedAsync();
    }

    public IVirtualMachine Machine { get; }

    public AgentClient Agent { get; }

    /// <summary>What the container's frames pass on their way out, if it has a network.</summary>
    public OutboundGate? Gate { get; }

    /// <summary>Completes when the output of the container's process has been read to its end, or until this machine gives no more of it.</summary>
    public Task Output { get; set; } = Task.CompletedTask;

    /// <summary>Lets the container's processes reach ports of the host, if they may reach any.</summary>
    public HostPortForwarder? HostPorts { get; set; }

    /// <summary>Another machine has taken its place: its end is not the container's.</summary>
    public bool IsRetired => _isRetired;

    /// <summary>Opens the connection to the agent, and the way out. The machine is owned from here on, also when this fails.</summary>
    /// <param name="engine">Decides what leaves the machine.</param>
    /// <param name="blueprint">What the container is.</param>
    /// <param name="machine">The machine, which runs.</param>
    /// <param name="timeline">Gets the phase <see cref="StartupPhases.Agent"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    public static async Task<LiveMachine> ConnectAsync(
        RuntimeEngine engine, ContainerBlueprint blueprint, IVirtualMachine machine, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        try
        {
            StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Agent);
            AgentClient agent = await AgentClient.ConnectAsync(machine.Channel, cancellationToken).ConfigureAwait(false);
            phase.Complete();
            return new LiveMachine(machine, agent, OpenGate(machine, engine.JudgeOf(blueprint.Options), engine.LoggerFactory.CreateLogger<OutboundGate>()));
        }
        catch (IOException exception) when (machine.Exited.IsCompleted)
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            string how = (await machine.Exited.ConfigureAwait(false)).Description;
            throw new VirtualMachineException($"The machine ended before its agent was asked anything. {how}", exception);
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static OutboundGate? OpenGate(IVirtualMachine machine, FrameJudge? judge, ILogger logger)
    {
        if (judge is not null)
            return OutboundGate.Open(machine.Network.Card, machine.Network.Outside, judge, logger);

        // Without its sockets there is no way to open one later.
        machine.Network.Dispose();
        return null;
    }

    public void Retire() => _isRetired = true;

    public async ValueTask DisposeAsync()
    {
        // First, so that nothing below waits for a machine that never answers.
        Machine.Kill();
        if (HostPorts is not null)
            await HostPorts.DisposeAsync().ConfigureAwait(false);
        await Agent.DisposeAsync().ConfigureAwait(false);
        await Machine.DisposeAsync().ConfigureAwait(false);
    }

    // A machine that stands still answers nobody: only its end makes what waits for it fail, and say why.
    private async Task EndWhenFaultedAsync()
    {
        if (await Task.WhenAny(Machine.Faulted, Machine.Exited).ConfigureAwait(false) == Machine.Faulted)
            await Machine.WaitForPowerOffAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
    }
}
