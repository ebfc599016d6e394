using System.Globalization;
using System.Text;
using Islet.Agent;
using Islet.Protocol;
using Islet.Protocol.Agent;

namespace Islet.Containers;

public sealed partial class Container
{
    private int _lastProcess;

    /// <summary>Runs a command in the container and waits for its end.</summary>
    /// <param name="command">The program and its arguments; no shell is put between.</param>
    /// <param name="options">User, environment, working directory, streams.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <returns>How it ended and what it wrote. A non-zero exit code is a result, not an exception.</returns>
    /// <exception cref="ProcessStartException">There is no such program, user or directory.</exception>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task<ExecResult> ExecAsync(
        IReadOnlyList<string> command, ExecOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ExecOptions();
        ContainerProcess process = await StartProcessAsync(command, options, options.Stdin is not null, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            var stdout = new CapturedOutput(options.Stdout);
            var stderr = new CapturedOutput(options.Stderr);
            Task input = options.Stdin is { } stdin ? FeedAsync(stdin, process.Stdin!, cancellationToken) : Task.CompletedTask;
            try
            {
                await Task.WhenAll(
                    stdout.CopyAsync(process.Stdout, cancellationToken),
                    process.Stderr is { } errors ? stderr.CopyAsync(errors, cancellationToken) : Task.CompletedTask).ConfigureAwait(false);
                ProcessExit exit = await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
                return new ExecResult(exit, stdout.Text, stderr.Text);
            }
            catch (IOException exception)
            {
                throw await ExplainLossAsync(exception).ConfigureAwait(false);
            }
            finally
            {
                // A process need not read all it is given; what it left unread is nobody's error.
                await Task.WhenAny(input, process.Exited).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Starts a command in the container and returns with its streams open.</summary>
    /// <remarks><see cref="ExecOptions.Stdin"/>, <see cref="ExecOptions.Stdout"/> and <see cref="ExecOptions.Stderr"/> are not used here.</remarks>
    /// <inheritdoc cref="ExecAsync"/>
    public Task<ContainerProcess> StartProcessAsync(
        IReadOnlyList<string> command, ExecOptions? options = null, CancellationToken cancellationToken = default) =>
        StartProcessAsync(command, options ?? new ExecOptions(), stdin: true, cancellationToken);

    /// <summary>The standard input of the container's own process, which <see cref="ContainerBuilder{TBuilder, TContainer}.WithOpenStdin"/> has kept open.</summary>
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
        AgentClient agent = live.Agent;
        ProcessSpec spec = CreateSpec(command, options, stdin);
        CreateProcessResponse created;
        try
        {
            created = await agent.CreateProcessAsync(spec, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw Explain(new ProcessStartException($"\"{string.Join(' ', command)}\" could not be started in {Name}: {exception.Message}.", exception));
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception, live).ConfigureAwait(false);
        }

        // All that follows is asked for at once: the answers cost one round trip, not four.
        Task<Protocol.Agent.ProcessExit> exit = agent.WaitProcessAsync(spec.Id, CancellationToken.None);
        Task<GuestStream> stdout = agent.OpenStdioAsync(spec.Id, StdioStream.Types.Channel.Stdout, cancellationToken);
        Task<GuestStream>? stderr = spec.Terminal ? null : agent.OpenStdioAsync(spec.Id, StdioStream.Types.Channel.Stderr, cancellationToken);

        // Not where nobody will write: a stream less to open.
        Task<GuestStream>? input = stdin ? agent.OpenStdioAsync(spec.Id, StdioStream.Types.Channel.Stdin, cancellationToken) : null;
        return new ContainerProcess(
            agent, spec.Id, created.Pid,
            input is null ? null : await AskAgentAsync(input).ConfigureAwait(false),
            await AskAgentAsync(stdout).ConfigureAwait(false),
            stderr is null ? null : await AskAgentAsync(stderr).ConfigureAwait(false),
            ExitOfAsync(live, exit));
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

    // A fork's machine still knows the processes of the container that it comes from.
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

    private static ProcessExit ToProcessExit(Protocol.Agent.ProcessExit exit) => new(
        exit.ExitCode, (int)exit.Signal, exit.OutOfMemory,
        DateTimeOffset.UnixEpoch.AddTicks(exit.ExitedAtUnixNanoseconds / TimeSpan.NanosecondsPerTick));

    private static async Task FeedAsync(Stream source, GuestStream stdin, CancellationToken cancellationToken)
    {
        try
        {
            await source.CopyToAsync(stdin, cancellationToken).ConfigureAwait(false);
            await stdin.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The process has closed its input or ended.
        }
    }

    /// <summary>An output of a command: passed on as it comes where the caller gave a stream, else kept as text.</summary>
    private sealed class CapturedOutput(Stream? destination)
    {
        private readonly MemoryStream? _kept = destination is null ? new MemoryStream() : null;

        public string Text => _kept is null ? "" : Encoding.UTF8.GetString(_kept.GetBuffer(), 0, (int)_kept.Length);

        public Task CopyAsync(GuestStream source, CancellationToken cancellationToken) =>
            source.CopyToAsync(destination ?? _kept!, cancellationToken);
    }
}
