using Islet.Starting;

namespace Islet.Containers;

// The operations that change the state of a container.
internal sealed partial class ContainerCore
{
    /// <summary>Halts the machine.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        MachineConnection machine = Calls.RequireRunning("pause");

        // It is not cancelled halfway: the machine's state would then be unknown.
        cancellationToken.ThrowIfCancellationRequested();
        await Calls.AskMachineAsync(machine.Machine.PauseAsync(CancellationToken.None)).ConfigureAwait(false);
        Status.Pause();
    }

    /// <summary>Lets a halted machine continue, with its clock set right.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        MachineConnection machine = Calls.Require(ContainerState.Paused, "resume");
        cancellationToken.ThrowIfCancellationRequested();
        await Calls.AskMachineAsync(machine.Machine.ResumeAsync(CancellationToken.None)).ConfigureAwait(false);
        Status.RunOrStop();
        await Calls.AskAgentAsync(limit => machine.Agent.SetClockAsync(Clock.Time, limit)).ConfigureAwait(false);
    }

    /// <summary>Asks the container's process to end, and kills it if it has not ended after the grace period.</summary>
    public async Task StopAsync(TimeSpan? gracePeriod, ContainerSignal? signal, CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (Status.Current is not LifecycleState.Stopped)
            await Process.StopAsync(Calls.RequireRunning("stop"), gracePeriod, signal, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts the process of a stopped container again.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Calls.Require(ContainerState.Stopped, "start");
        await StartProcessAgainAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops the process, if it runs, and starts it again.</summary>
    public async Task RestartAsync(TimeSpan? gracePeriod, ContainerSignal? signal, CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (Status.Current is not LifecycleState.Stopped)
            await Process.StopAsync(Calls.RequireRunning("restart"), gracePeriod, signal, cancellationToken).ConfigureAwait(false);
        await StartProcessAgainAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets the clock of the machine, and lets it go on from there.</summary>
    /// <param name="time">The time; <see langword="null"/>: the host's.</param>
    /// <param name="cancellationToken">Cancels the call; the clock may already be set.</param>
    public async Task SetClockAsync(DateTimeOffset? time, CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        MachineConnection machine = Calls.RequireRunning(time is null ? "reset the clock" : "set the clock");
        TimeSpan offset = time is null ? TimeSpan.Zero : time.Value - DateTimeOffset.UtcNow;
        await Clock.SetOffsetAsync(machine, offset, cancellationToken).ConfigureAwait(false);
    }
}
