using Islet.Agent;
using Islet.Diagnostics;
using Islet.Network;
using Islet.Protocol;
using Islet.VirtualMachines;

namespace Islet.Containers;

/// <summary>A running machine with the calls to its agent: what is behind a container until another is put in its place.</summary>
internal sealed class LiveMachine : IAsyncDisposable
{
    private volatile bool _isRetired;

    private LiveMachine(IVirtualMachine machine, AgentClient agent)
    {
        Machine = machine;
        Agent = agent;
        IsletMetrics.CountWhileRunning(machine.Exited);
        _ = EndWhenFaultedAsync();
    }

    public IVirtualMachine Machine { get; }

    public AgentClient Agent { get; }

    /// <summary>Completes when the output of the container's process has been read to its end, or until this machine gives no more of it.</summary>
    public Task Output { get; set; } = Task.CompletedTask;

    /// <summary>Lets the container's processes reach ports of the host, if they may reach any.</summary>
    public HostPortForwarder? HostPorts { get; set; }

    /// <summary>Another machine has taken its place: its end is not the container's.</summary>
    public bool IsRetired => _isRetired;

    /// <summary>Opens the connection to the agent. The machine is owned from here on, also when this fails.</summary>
    public static async Task<LiveMachine> ConnectAsync(IVirtualMachine machine, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        try
        {
            StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Agent);
            AgentClient agent = await AgentClient.ConnectAsync(machine.Channel, cancellationToken).ConfigureAwait(false);
            phase.Complete();
            return new LiveMachine(machine, agent);
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public void Retire() => _isRetired = true;

    public async ValueTask DisposeAsync()
    {
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
