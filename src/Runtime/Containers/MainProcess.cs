using Islet.Diagnostics;
using Islet.Protocol.Agent;
using Islet.Starting;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

/// <summary>The container's own process: its start, its output and its end.</summary>
internal sealed partial class MainProcess(
    ContainerBlueprint blueprint, ContainerStatus status, GuestCalls calls, ContainerLog log, ILogger logger)
{
    /// <summary>A task that completes when the present run of the process has ended.</summary>
    public Task<ProcessExit> Exited => status.Run.Exited;

    /// <summary>Awaits the call to the agent that starts the process.</summary>
    /// <exception cref="ProcessStartException">The agent can't start it.</exception>
    public async Task StartAsync(Task call)
    {
        try
        {
            await call.ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw new ProcessStartException(
                $"{blueprint.Name} could not be started: {exception.Message}. Its process is "
                + $"{ShownCommand.Quote(blueprint.Process.Arguments)}.", exception);
        }
    }

    /// <summary>Starts the process of a stopped container again, in the same machine.</summary>
    /// <exception cref="ProcessStartException">It can't be started.</exception>
    /// <exception cref="ContainerEndedException">The agent does not answer within the start timeout.</exception>
    public async Task StartAgainAsync(MachineConnection machine)
    {
        // It is not cancelled halfway: a process that was started without the container's knowledge could never be stopped or started
        // again.
        using var deadline = new CancellationTokenSource(blueprint.Options.StartTimeout);
        ProcessSpec process = blueprint.Process.ToSpec(ProcessSettings.ContainerProcessId, blueprint.Options);
        try
        {
            await StartAsync(machine.Agent.CreateProcessAsync(process, deadline.Token)).ConfigureAwait(false);
            status.Restart();
            await WatchAsync(machine, deadline.Token).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw await calls.ExplainLossAsync(exception, machine).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw new ContainerEndedException(
                $"{blueprint.Name} was not started again within {blueprint.Options.StartTimeout.TotalSeconds:0} s: "
                + "its agent does not answer. Dispose it.", exception);
        }
    }

    /// <summary>Continues the output of the container that this one was restored from.</summary>
    public void Continue(SavedLog saved)
    {
        log.Append(saved.Lines);
        status.Run.Stdout.Append(saved.StdoutRest);
        status.Run.Stderr.Append(saved.StderrRest);
    }

    /// <summary>Attaches to the process's output and to its end, and to the machine's end.</summary>
    public async Task WatchAsync(MachineConnection machine, CancellationToken cancellationToken)
    {
        await FollowOutputAsync(machine, cancellationToken).ConfigureAwait(false);
        ObserveEnd(machine);
    }

    /// <summary>Attaches to the process's output.</summary>
    public async Task FollowOutputAsync(MachineConnection machine, CancellationToken cancellationToken)
    {
        // Both are requested at once, so that the answers cost one round trip.
        Task<GuestStream> stdout = machine.Agent.OpenStdioAsync(
            ProcessSettings.ContainerProcessId, StdioStream.Types.Channel.Stdout, cancellationToken);
        Task<GuestStream>? stderr = blueprint.Options.Terminal is null
            ? machine.Agent.OpenStdioAsync(ProcessSettings.ContainerProcessId, StdioStream.Types.Channel.Stderr, cancellationToken)
            : null;

        List<Task> pumps = [PumpAsync(await stdout.ConfigureAwait(false), status.Run.Stdout)];
        if (stderr is not null)
            pumps.Add(PumpAsync(await stderr.ConfigureAwait(false), status.Run.Stderr));
        machine.Output = Task.WhenAll(pumps);
    }

    /// <summary>Opens the process's standard input.</summary>
    /// <exception cref="InvalidOperationException">It is not kept open.</exception>
    public async Task<GuestStream> OpenStdinAsync(CancellationToken cancellationToken)
    {
        MachineConnection machine = calls.RequireRunning("open the standard input");
        if (!blueprint.Options.OpenStdin)
            throw new InvalidOperationException($"The standard input of {blueprint.Name} is /dev/null; keep it open with WithOpenStdin().");
        return await calls.AskAgentAsync(machine.Agent.OpenStdioAsync(
            ProcessSettings.ContainerProcessId, StdioStream.Types.Channel.Stdin, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Attaches to the process's end and to the machine's end.</summary>
    public void ObserveEnd(MachineConnection machine) => _ = ObserveEndAsync(machine);

    private async Task ObserveEndAsync(MachineConnection machine)
    {
        Task<Protocol.Agent.ProcessExit> exit = machine.Agent.WaitProcessAsync(ProcessSettings.ContainerProcessId, CancellationToken.None);
        await Task.WhenAny(exit, machine.Machine.Exited).ConfigureAwait(false);
        if (exit.IsCompletedSuccessfully)
        {
            // A caller that sees the exit must also find the last lines in the log.
            await Task.WhenAny(machine.Output, machine.Machine.Exited).ConfigureAwait(false);
            status.TryEnd(machine)?.Complete(GuestNumbers.ToProcessExit(exit.Result));
            return;
        }

        VirtualMachineExit end = await machine.Machine.Exited.ConfigureAwait(false);
        if (status.TryEnd(machine) is not { } run)
            return;

        IsletException reason = await calls.ExplainEndAsync(machine.Machine, end.Description, cause: null).ConfigureAwait(false);
        try
        {
            // A caller that sees the end must also find the crash in the metrics and in the log.
            if (end.Crashed || machine.Machine.Faulted.IsCompleted)
            {
                IsletMetrics.Crashes.Add(1);
                logger.MachineCrashed(blueprint.Name, machine.Machine.Faulted.IsCompleted ? reason.PlainMessage : end.Description);
            }
        }
        finally
        {
            run.Fail(reason);
        }
    }

    private static async Task PumpAsync(GuestStream source, LineSplitter lines)
    {
        byte[] buffer = new byte[32 * 1024];
        try
        {
            await using (source.ConfigureAwait(false))
            {
                while (await source.ReadAsync(buffer).ConfigureAwait(false) is > 0 and int count)
                    lines.Append(buffer.AsSpan(0, count));
            }
        }
        catch (IOException)
        {
            // The machine is gone, so the log ends here. Exited reports the reason.
        }
    }
}
