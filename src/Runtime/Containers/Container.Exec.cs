using System.Globalization;
using Islet.Containers;
using Islet.Protocol;
using Islet.Protocol.Agent;
using Islet.Starting;

namespace Islet;

public sealed partial class Container
{
    private const int LargestSpec = 4_000_000; // what ttrpc takes, without its own fields

    private int _lastProcess;

    /// <summary>Runs a command in the container and waits for its end.</summary>
    /// <param name="command">The program and its arguments; no shell is involved.</param>
    /// <param name="options">User, environment, working directory, streams.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <returns>The exit and the output of the command. A non-zero exit code is a result, not an exception.</returns>
    /// <exception cref="ProcessStartException">There is no such program, user or directory.</exception>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task<ExecResult> ExecAsync(
        IReadOnlyList<string> command, ExecOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ExecOptions();
        ContainerProcess process = await StartProcessAsync(command, options, options.Stdin is not null, cancellationToken).ConfigureAwait(false);
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
                throw await ExplainLossAsync(exception.Cause).ConfigureAwait(false);
            }
            catch (CapturedOutput.TooMuchException exception)
            {
                throw Explain(new ContainerException($"{CommandText.Quote(command)} in {Name}: {exception.Message}"));
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
                ended => failed.TrySetException(ended.Exception!.InnerExceptions), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        _ = failed.Task.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        await (await Task.WhenAny(Task.WhenAll(all), failed.Task).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Starts a command in the container and returns with its streams open.</summary>
    /// <remarks>
    /// <see cref="ExecOptions.Stdin"/>, <see cref="ExecOptions.Stdout"/> and <see cref="ExecOptions.Stderr"/> are not used here.
    /// </remarks>
    /// <inheritdoc cref="ExecAsync"/>
    public Task<ContainerProcess> StartProcessAsync(
        IReadOnlyList<string> command, ExecOptions? options = null, CancellationToken cancellationToken = default) =>
        StartProcessAsync(command, options ?? new ExecOptions(), stdin: true, cancellationToken);

    /// <summary>
    /// Opens the standard input of the container's own process, if <see cref="ContainerBuilder{TBuilder, TContainer}.WithOpenStdin"/> kept
    /// it open.
    /// </summary>
    public async Task<GuestStream> OpenStdinAsync(CancellationToken cancellationToken = default)
    {
        Ensure(ContainerState.Running, "open the standard input");
        if (!_options.OpenStdin)
            throw new InvalidOperationException($"The standard input of {Name} is /dev/null; keep it open with WithOpenStdin().");
        return await AskAgentAsync(Agent.OpenStdioAsync(
            ProcessDefaults.ContainerProcessId, StdioStream.Types.Channel.Stdin, cancellationToken)).ConfigureAwait(false);
    }

    private async Task<ContainerProcess> StartProcessAsync(
        IReadOnlyList<string> command, ExecOptions options, bool stdin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.Count == 0)
            throw new ArgumentException("A command needs at least the name of a program.", nameof(command));
        Ensure(ContainerState.Running, "run a command");

        LiveMachine live = _live;
        ProcessSpec spec = CreateSpec(command, options, stdin);
        RequireFits(spec, command);
        try
        {
            CreateProcessResponse created = await CreateProcessAsync(live, spec, command, cancellationToken).ConfigureAwait(false);
            return await AttachAsync(live, spec, created.Pid, stdin, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not ProcessStartException)
        {
            // Cancelled or failed, perhaps before the guest has answered. A start that the guest was already asked for is carried out, and
            // the kill after it.
            await KillProcessAsync(spec.Id, Task.CompletedTask).ConfigureAwait(false);
            throw;
        }
    }

    // Linux gives a program no more than 2 MiB of arguments and environment together. A spec larger than a message could not even be sent.
    private void RequireFits(ProcessSpec spec, IReadOnlyList<string> command)
    {
        if (spec.CalculateSize() is var size and > LargestSpec)
        {
            throw Explain(new ProcessStartException(
                $"{CommandText.Quote(command)} could not be started in {Name}: its arguments and environment take {size} bytes, and Linux gives a program 2 MiB of them at most. "
                + "Pass what is long by its standard input, or in a file."));
        }
    }

    private async Task<CreateProcessResponse> CreateProcessAsync(
        LiveMachine live, ProcessSpec spec, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        try
        {
            return await live.Agent.CreateProcessAsync(spec, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw Explain(new ProcessStartException($"{CommandText.Quote(command)} could not be started in {Name}: {exception.Message}.", exception));
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception, live).ConfigureAwait(false);
        }
    }

    private async Task<ContainerProcess> AttachAsync(LiveMachine live, ProcessSpec spec, int pid, bool stdin, CancellationToken cancellationToken)
    {
        // All are requested at once, so that the answers cost one round trip, not four.
        Task<Protocol.Agent.ProcessExit> exit = live.Agent.WaitProcessAsync(spec.Id, CancellationToken.None);
        Task<GuestStream> stdout = OpenAsync(StdioStream.Types.Channel.Stdout);
        Task<GuestStream>? stderr = spec.Terminal ? null : OpenAsync(StdioStream.Types.Channel.Stderr);

        // It is opened only if there is input to write: one stream less to open.
        Task<GuestStream>? input = stdin ? OpenAsync(StdioStream.Types.Channel.Stdin) : null;
        try
        {
            return new ContainerProcess(
                this, spec.Id, pid,
                input is null ? null : await AskAgentAsync(input).ConfigureAwait(false),
                await AskAgentAsync(stdout).ConfigureAwait(false),
                stderr is null ? null : await AskAgentAsync(stderr).ConfigureAwait(false),
                ExitOfAsync(live, exit));
        }
        catch
        {
            foreach (Task<GuestStream>? opened in (Task<GuestStream>?[])[input, stdout, stderr])
                _ = opened?.ContinueWith(static ended => { if (ended.IsCompletedSuccessfully) ended.Result.Dispose(); else _ = ended.Exception; }, TaskScheduler.Default);
            _ = exit.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
            throw;
        }

        Task<GuestStream> OpenAsync(StdioStream.Types.Channel channel) => live.Agent.OpenStdioAsync(spec.Id, channel, cancellationToken);
    }

    private ProcessSpec CreateSpec(IReadOnlyList<string> command, ExecOptions options, bool stdin)
    {
        ProcessDefaults process = _blueprint.Process with
        {
            Arguments = command,
            Environment = options.Environment,
            User = options.User ?? _blueprint.Process.User,
            WorkingDirectory = options.WorkingDirectory ?? _blueprint.Process.WorkingDirectory,
            Capabilities = options.Privileged ? Capability.All : _blueprint.Process.Capabilities,
        };
        ProcessSpec spec = process.ToSpec(NewProcessId(), _options with { Terminal = options.Terminal, OpenStdin = stdin });
        spec.InheritEnvironment = true;
        if (options.Privileged)
            spec.Seccomp = null;
        return spec;
    }

    // The prefix is needed because a fork's machine still knows the processes of the container that it was made from.
    private string NewProcessId() => string.Create(
        CultureInfo.InvariantCulture, $"exec-{_identity.MachineId[..8]}-{Interlocked.Increment(ref _lastProcess)}");

    private async Task<ProcessExit> ExitOfAsync(LiveMachine live, Task<Protocol.Agent.ProcessExit> exit)
    {
        try
        {
            return ToProcessExit(await exit.ConfigureAwait(false));
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception, live).ConfigureAwait(false);
        }
    }

    // The numbers come from the guest: a clock that is set to the year 200,000 must not turn an exit into an error.
    internal static ProcessExit ToProcessExit(Protocol.Agent.ProcessExit exit) => new(
        exit.ExitCode, (int)Math.Min(exit.Signal, 127), exit.OutOfMemory,
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(
            exit.ExitedAtUnixNanoseconds / TimeSpan.NanosecondsPerTick,
            DateTimeOffset.MinValue.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks,
            DateTimeOffset.MaxValue.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks)));

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
