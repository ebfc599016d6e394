using System.Globalization;
using Islet.Description;
using Islet.Protocol.Agent;
using Islet.Starting;

namespace Islet.Containers;

/// <summary>The processes that run in a container in addition to its own.</summary>
internal sealed partial class ExecProcesses(
    ContainerBlueprint blueprint, ContainerIdentity identity, ContainerStatus status, GuestCalls calls)
{
    private const int LargestSpec = 4_000_000; // what a message may have, without its other fields

    private int _lastProcess;

    /// <summary>Runs a command and waits for its end.</summary>
    public async Task<ExecResult> RunAsync(IReadOnlyList<string> command, ExecOptions options, CancellationToken cancellationToken)
    {
        MachineConnection machine = status.Machine;
        ContainerProcess process = await StartAsync(command, options, options.Stdin is not null, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var stdout = new CapturedOutput("standard output", options.Stdout, options.CaptureLimit);
            var stderr = new CapturedOutput("standard error", options.Stderr, options.CaptureLimit);
            Task input = options.Stdin is { } stdin ? FeedAsync(stdin, process.Stdin!, stop.Token) : Task.CompletedTask;
            Task[] outputs =
            [
                stdout.CopyAsync(process.Stdout, stop.Token),
                process.Stderr is { } errors ? stderr.CopyAsync(errors, stop.Token) : Task.CompletedTask,
                process.Exited,
            ];
            try
            {
                // A process need not read all its input, so unread input is no error. A failure to read the caller's input, or to write
                // output to the caller's stream, is one.
                await AllOrFirstFailureAsync(outputs, input).WaitAsync(cancellationToken).ConfigureAwait(false);
                return new ExecResult(await process.Exited.ConfigureAwait(false), stdout.Text, stderr.Text);
            }
            catch (CapturedOutput.LostException exception)
            {
                throw await calls.ExplainLossAsync(exception.Cause, machine).ConfigureAwait(false);
            }
            catch (CapturedOutput.TooMuchException exception)
            {
                throw calls.Explain(
                    new ContainerOperationException($"{ShownCommand.Quote(command)} in {blueprint.Name}: {exception.Message}"));
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for all tasks, but only until one of them or the one that runs next to them has failed.</summary>
    private static async Task AllOrFirstFailureAsync(Task[] all, Task beside)
    {
        var failed = new TaskCompletionSource();
        foreach (Task flow in all.Append(beside))
        {
            _ = flow.ContinueWith(
                ended => failed.TrySetException(ended.Exception!.InnerExceptions), CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        _ = failed.Task.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        await (await Task.WhenAny(Task.WhenAll(all), failed.Task).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Starts a command and returns with its streams open.</summary>
    public async Task<ContainerProcess> StartAsync(
        IReadOnlyList<string> command, ProcessOptions options, bool stdin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.Count == 0)
            throw new ArgumentException("A command needs at least the name of a program.", nameof(command));
        MachineConnection machine = calls.RequireRunning("run a command");
        ProcessSpec spec = CreateSpec(command, options, stdin);
        RequireFits(spec, command);
        try
        {
            CreateProcessResponse created = await CreateProcessAsync(machine, spec, command, cancellationToken).ConfigureAwait(false);
            return await AttachAsync(machine, spec, created.Pid, stdin, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not ProcessStartException)
        {
            // Cancelled or failed, perhaps before the guest has answered. A start that the guest was already asked for is carried out, and
            // the kill after it.
            await KillAsync(spec.Id, Task.CompletedTask).ConfigureAwait(false);
            throw;
        }
    }

    // Linux gives a program no more than 2 MiB of arguments and environment together. A spec larger than a message could not even be sent.
    private void RequireFits(ProcessSpec spec, IReadOnlyList<string> command)
    {
        if (spec.CalculateSize() is var size and > LargestSpec)
        {
            throw calls.Explain(new ProcessStartException(
                $"{ShownCommand.Quote(command)} could not be started in {blueprint.Name}: its arguments and environment take {size} bytes, "
                + "and Linux gives a program 2 MiB of them at most. Pass what is long by its standard input, or in a file."));
        }
    }

    private async Task<CreateProcessResponse> CreateProcessAsync(
        MachineConnection machine, ProcessSpec spec, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        try
        {
            return await machine.Agent.CreateProcessAsync(spec, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw calls.Explain(new ProcessStartException(
                $"{ShownCommand.Quote(command)} could not be started in {blueprint.Name}: {exception.Message}.", exception));
        }
        catch (IOException exception)
        {
            throw await calls.ExplainLossAsync(exception, machine).ConfigureAwait(false);
        }
    }

    private async Task<ContainerProcess> AttachAsync(
        MachineConnection machine, ProcessSpec spec, int pid, bool stdin, CancellationToken cancellationToken)
    {
        // All are requested at once, so that the answers cost one round trip, not four. The end comes last, behind the requests of the
        // streams: once it is told and the output is taken, the agent forgets the process. Input is requested only if there is some to
        // write: one stream less to open.
        List<Task> sent = [];
        Task<GuestStream>? input = stdin ? OpenAsync(StdioStream.Types.Channel.Stdin) : null;
        Task<GuestStream> stdout = OpenAsync(StdioStream.Types.Channel.Stdout);
        Task<GuestStream>? stderr = spec.Terminal ? null : OpenAsync(StdioStream.Types.Channel.Stderr);
        await Task.WhenAll(sent).ConfigureAwait(false);
        Task<Protocol.Agent.ProcessExit> exit = machine.Agent.WaitProcessAsync(spec.Id, CancellationToken.None);
        try
        {
            return new ContainerProcess(
                this, spec.Id, pid,
                input is null ? null : await calls.AskAgentAsync(input).ConfigureAwait(false),
                await calls.AskAgentAsync(stdout).ConfigureAwait(false),
                stderr is null ? null : await calls.AskAgentAsync(stderr).ConfigureAwait(false),
                ExitOfAsync(machine, exit));
        }
        catch
        {
            foreach (Task<GuestStream>? opened in (Task<GuestStream>?[])[input, stdout, stderr])
                _ = opened?.ContinueWith(
                    static ended => { if (ended.IsCompletedSuccessfully) ended.Result.Dispose(); else _ = ended.Exception; },
                    TaskScheduler.Default);
            _ = exit.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
            throw;
        }

        Task<GuestStream> OpenAsync(StdioStream.Types.Channel channel)
        {
            var isSent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            sent.Add(isSent.Task);
            return machine.Agent.OpenStdioAsync(spec.Id, channel, cancellationToken, isSent);
        }
    }

    private ProcessSpec CreateSpec(IReadOnlyList<string> command, ProcessOptions options, bool stdin)
    {
        ProcessSettings process = blueprint.Process with
        {
            Arguments = command,
            Environment = options.Environment,
            User = options.User ?? blueprint.Process.User,
            WorkingDirectory = options.WorkingDirectory ?? blueprint.Process.WorkingDirectory,
            Capabilities = options.Privileged ? Capability.All : blueprint.Process.Capabilities,
        };
        ProcessSpec spec = process.ToSpec(NewProcessId(), blueprint.Options with { Terminal = options.Terminal, OpenStdin = stdin });
        spec.InheritEnvironment = true;
        if (options.Privileged)
            spec.Seccomp = null;
        return spec;
    }

    // The prefix is needed because a fork's machine still knows the processes of the container that it was made from.
    private string NewProcessId() => string.Create(
        CultureInfo.InvariantCulture, $"exec-{identity.MachineId[..8]}-{Interlocked.Increment(ref _lastProcess)}");

    private async Task<ProcessExit> ExitOfAsync(MachineConnection machine, Task<Protocol.Agent.ProcessExit> exit)
    {
        try
        {
            return GuestNumbers.ToProcessExit(await exit.ConfigureAwait(false));
        }
        catch (AgentException exception)
        {
            throw calls.Explain(new ContainerOperationException($"{calls.Name}: {exception.Message}", exception));
        }
        catch (IOException exception)
        {
            throw await calls.ExplainLossAsync(exception, machine).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Copies the caller's stream into a process. A failure to read the caller's stream is thrown; a process that stops reading is no
    /// error.
    /// </summary>
    private static async Task FeedAsync(Stream source, GuestStream stdin, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            try
            {
                if (count == 0)
                {
                    await stdin.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }

                await stdin.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                return; // the process has closed its input or ended
            }
        }
    }
}
