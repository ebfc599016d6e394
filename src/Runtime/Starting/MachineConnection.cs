using System.Diagnostics;
using Islet.Agent;
using Islet.Diagnostics;
using Islet.Engine;
using Islet.Networking;
using Islet.Networking.Outbound;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Starting;

/// <summary>
/// The machine that a container currently runs in, and the client for its agent. A checkpoint or a roll-back replaces it.
/// </summary>
internal sealed class MachineConnection : IAsyncDisposable
{
    // Within this time after a wait for the machine's end, no other wait begins.
    private static readonly TimeSpan s_waitsApart = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task? _endAfterLoss;
    private long _waitBegan;
    private volatile bool _isRetired;
    private HostPortForwarder? _hostPorts;

    private MachineConnection(IVirtualMachine machine, AgentClient agent, OutboundGate? gate)
    {
        Gate = gate;
        Machine = machine;
        Agent = agent;
        IsletMetrics.CountWhileRunning(machine.Exited);
        _ = EndWhenFaultedAsync();
    }

    public IVirtualMachine Machine { get; }

    public AgentClient Agent { get; }

    /// <summary>The gate that the container's outgoing frames pass; <see langword="null"/> if it has no network.</summary>
    public OutboundGate? Gate { get; }

    /// <summary>
    /// A task that completes when the output of the process has been read to its end, or when this machine gives no more of it.
    /// </summary>
    public Task Output { get; set; } = Task.CompletedTask;

    /// <summary>Whether another machine has replaced this one, so that its end is not the container's end.</summary>
    public bool IsRetired => _isRetired;

    /// <summary>Connects to the agent and opens the gate to the network. The machine is owned from here on, also if this fails.</summary>
    /// <param name="engine">The engine, which judges the frames that leave the machine.</param>
    /// <param name="blueprint">The description of the container.</param>
    /// <param name="machine">The machine, which runs.</param>
    /// <param name="timeline">Receives the phase <see cref="StartupPhases.Agent"/>.</param>
    public static async Task<MachineConnection> ConnectAsync(
        RuntimeEngine engine, ContainerBlueprint blueprint, IVirtualMachine machine, StartupTimeline timeline)
    {
        try
        {
            StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Agent);
            if (machine.Exited.IsCompleted)
                throw new VirtualMachineException(
                    $"The machine ended before its agent was asked anything. {(await machine.Exited.ConfigureAwait(false)).Description}");
            var agent = new AgentClient(machine.Channel);
            phase.Complete();
            return new MachineConnection(
                machine, agent, OpenGate(machine, engine.JudgeOf(blueprint.Options), engine.LoggerFactory.CreateLogger<OutboundGate>()));
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

        // Once its sockets are closed, no gate can be opened later.
        machine.Network.Dispose();
        return null;
    }

    /// <summary>
    /// Lets the container's processes reach ports of the host, until this machine ends: its agent is asked for the clients.
    /// </summary>
    public void ForwardHostPorts(IReadOnlyList<HostPortBinding> bindings, ILogger logger)
    {
        if (bindings.Count == 0)
            return;

        _hostPorts = HostPortForwarder.Start(
            HostPortBinding.WithAddresses(bindings).Select(port => new HostPortForward(
                cancellationToken => Agent.AcceptAsync(port.Address, port.Binding.Port, cancellationToken),
                port.Binding.HostPort)),
            logger);
    }

    /// <summary>Says how the machine ended after its channel has broken, or that only its agent is lost. It has no full stop.</summary>
    public async Task<string> DescribeLossAsync()
    {
        await WaitForEndAfterLossAsync().ConfigureAwait(false);
        return Machine.Exited.IsCompleted
            ? (await Machine.Exited.ConfigureAwait(false)).Description.TrimEnd('.')
            : "the connection to its agent was lost";
    }

    /// <summary>Marks the machine as replaced by another.</summary>
    public void Retire() => _isRetired = true;

    public async ValueTask DisposeAsync()
    {
        // This comes first, so that nothing below waits for a machine that never answers.
        Machine.Kill();
        if (_hostPorts is not null)
            await _hostPorts.DisposeAsync().ConfigureAwait(false);
        await Machine.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Waits for the machine's end after its channel has broken, 2 s at most: the socket closes a moment before the process is reaped.
    /// Calls that are near to each other share one wait, so that they do not add up theirs.
    /// </summary>
    private Task WaitForEndAfterLossAsync()
    {
        lock (_lock)
        {
            // A machine can survive the loss of a stream, and end later.
            if (_endAfterLoss is null || (_endAfterLoss.IsCompleted && Stopwatch.GetElapsedTime(_waitBegan) > s_waitsApart))
            {
                _waitBegan = Stopwatch.GetTimestamp();
                _endAfterLoss = Task.WhenAny(Machine.Exited, Task.Delay(TimeSpan.FromSeconds(2)));
            }

            return _endAfterLoss;
        }
    }

    // A halted machine answers no call. Only its end makes the waiting calls fail, with the reason.
    private async Task EndWhenFaultedAsync()
    {
        if (await Task.WhenAny(Machine.Faulted, Machine.Exited).ConfigureAwait(false) == Machine.Faulted)
            await Machine.WaitForPowerOffAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
    }
}
