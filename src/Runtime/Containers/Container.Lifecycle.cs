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
    // What the machine's kernel, its page tables and the agent need beside what the container was promised.
    private static readonly MemorySize s_overhead = MemorySize.Mebibytes(64);

    private readonly SemaphoreSlim _transition = new(1, 1);
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProcessDefaults? _process;
    private volatile ContainerState _state = ContainerState.Created;

    /// <summary>Where the container is in its life.</summary>
    public ContainerState State => _state;

    /// <summary>Completes when the container's process has ended, also when its machine has crashed (then it faults with the reason).</summary>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>The exit code of the container's process; <see langword="null"/> while it runs or when its machine crashed.</summary>
    public int? ExitCode => _exited.Task.IsCompletedSuccessfully ? _exited.Task.Result.ExitCode : null;

    internal static async Task<Container> StartAsync(
        ContainerRuntime runtime, ContainerOptions options, CancellationToken cancellationToken)
    {
        var timeline = new StartupTimeline(options.PhaseChanged);
        try
        {
            RequireHostPlatform(options);
            Image image = await ResolveImageAsync(runtime, options, timeline, cancellationToken).ConfigureAwait(false);
            ProcessDefaults process = ProcessDefaults.From(options, image.Config);
            GuestArtifacts guest = GuestArtifacts.Locate(runtime.Options, options.KernelPath);
            string disk = await MakeDiskAsync(runtime, image, timeline, cancellationToken).ConfigureAwait(false);

            return await BootAsync(runtime, options, image, process, guest, disk, timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (IsletException exception) when (exception.Evidence.IsEmpty)
        {
            exception.Evidence = new FailureEvidence { Image = options.Image.ToString(), Timeline = timeline };
            throw;
        }
    }

    // Said before anything is pulled or made: the machine would start the image's program and only then find that it can't run it.
    private static void RequireHostPlatform(ContainerOptions options)
    {
        if (options.Platform is { } platform && (platform.Os, platform.Architecture) != (Platform.Host.Os, Platform.Host.Architecture))
        {
            throw new VirtualMachineException(
                $"{options.Image} can't run as {platform} here: a machine has the host's own architecture, and this host runs {Platform.Host}. "
                + $"Take the image for {Platform.Host}, or run it on a host for {platform}.");
        }
    }

    private static async Task<Image> ResolveImageAsync(
        ContainerRuntime runtime, ContainerOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Image);
        Image image = await runtime.Images.ResolveAsync(
            options.Image, options.Platform ?? Platform.Host, options.PullPolicy, options.ImageProgress, cancellationToken).ConfigureAwait(false);
        phase.Complete();
        return image;
    }

    private static async Task<string> MakeDiskAsync(
        ContainerRuntime runtime, Image image, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Disk);
        string disk = await runtime.RootFilesystems.GetOrCreateAsync(image, cancellationToken: cancellationToken).ConfigureAwait(false);
        phase.Complete();
        return disk;
    }

    private static async Task<Container> BootAsync(
        ContainerRuntime runtime, ContainerOptions options, Image image, ProcessDefaults process, GuestArtifacts guest, string disk,
        StartupTimeline timeline, CancellationToken cancellationToken)
    {
        // The deadline covers what the machine does; how long a pull takes is the network's affair and the caller's token's.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.StartTimeout);
        TimeSpan booting = timeline.Elapsed;
        MemorySize memory = options.Memory ?? runtime.Options.DefaultMemory;
        string name = options.Name ?? ContainerName.From(options.Image);

        IVirtualMachine? machine = null;
        Container? container = null;
        try
        {
            machine = await runtime.Backend.StartAsync(
                new VirtualMachineOptions
                {
                    Name = ContainerName.ForMachine(name),
                    KernelPath = guest.KernelPath,
                    InitramfsPath = guest.InitramfsPath,
                    KernelArguments = options.KernelArguments,
                    Memory = MemorySize.FromBytes(memory.Bytes + s_overhead.Bytes),
                    Cpus = options.Cpus ?? runtime.Options.DefaultCpus,
                    RootDiskPath = disk,
                },
                timeline, deadline.Token).ConfigureAwait(false);
            _ = EndWhenFaultedAsync(machine);

            StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Agent);
            AgentClient agent = await AgentClient.ConnectAsync(machine.Channel, deadline.Token).ConfigureAwait(false);
            await agent.GetInfoAsync(deadline.Token).ConfigureAwait(false);
            phase.Complete();

            string hostname = options.Hostname ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
            container = new Container(runtime, options, image, machine, agent, name, hostname, timeline) { _process = process };
            await container.RunAsync(memory, deadline.Token).ConfigureAwait(false);
            await container.WaitUntilReadyAsync(options.StartTimeout - (timeline.Elapsed - booting), cancellationToken).ConfigureAwait(false);
            return container;
        }
        catch (Exception exception)
        {
            // The evidence is gathered before the machine goes, and the machine goes before the caller hears of it.
            FailureEvidence evidence = container?.Evidence() ?? new FailureEvidence
            {
                Image = options.Image.ToString(),
                ConsoleTail = machine?.ReadConsoleTail(50) ?? [],
                Timeline = timeline,
            };
            Exception reason = await StartFailure.ExplainAsync(exception, options, machine, evidence, cancellationToken).ConfigureAwait(false);
            if (container is not null)
                await container.DisposeAsync().ConfigureAwait(false);
            else if (machine is not null)
                await machine.DisposeAsync().ConfigureAwait(false);

            if (ReferenceEquals(reason, exception))
                throw;
            throw reason;
        }
    }

    private async Task RunAsync(MemorySize memory, CancellationToken deadline)
    {
        StartupTimeline.PhaseScope phase = Timeline.Begin(StartupPhases.Process);
        bool copies = _options.Files.Length + _options.Copies.Length > 0;
        await StartProcessAsync(
            _agent.BootstrapAsync(Bootstrap.Create(_options, _process!, memory, Hostname, start: !copies), deadline)).ConfigureAwait(false);
        if (copies)
        {
            await CopyBeforeStartAsync(deadline).ConfigureAwait(false);
            await StartProcessAsync(_agent.StartProcessAsync(ProcessDefaults.ContainerProcessId, deadline)).ConfigureAwait(false);
        }

        await WatchProcessAsync(deadline).ConfigureAwait(false);
        PublishPorts();
        _state = ContainerState.Running;
        phase.Complete();
    }

    private async Task WaitUntilReadyAsync(TimeSpan rest, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = Timeline.Begin(StartupPhases.Ready);
        await WaitRunner.RunAsync(
            _options.Wait ?? Wait.Default, this, rest > TimeSpan.Zero ? rest : TimeSpan.FromTicks(1), cancellationToken).ConfigureAwait(false);
        phase.Complete();
        _logger.ContainerReady(Name, Image, Timeline);
    }

    private async Task StartProcessAsync(Task start)
    {
        try
        {
            await start.ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw new ProcessStartException(
                $"{Name} could not be started: {exception.Message}. Its process is: {string.Join(' ', _process!.Arguments)}", exception);
        }
    }

    /// <summary>Attaches to the process's output and to its end, and to the machine's.</summary>
    private async Task WatchProcessAsync(CancellationToken cancellationToken)
    {
        List<Task> pumps = [];
        GuestStream stdout = await _agent.OpenStdioAsync(
            ProcessDefaults.ContainerProcessId, StdioStream.Types.Channel.Stdout, cancellationToken).ConfigureAwait(false);
        pumps.Add(PumpLogAsync(stdout, OutputStreams.Stdout));
        if (_options.Terminal is null)
        {
            GuestStream stderr = await _agent.OpenStdioAsync(
                ProcessDefaults.ContainerProcessId, StdioStream.Types.Channel.Stderr, cancellationToken).ConfigureAwait(false);
            pumps.Add(PumpLogAsync(stderr, OutputStreams.Stderr));
        }

        _ = ObserveExitAsync(Task.WhenAll(pumps));
    }

    private async Task ObserveExitAsync(Task output)
    {
        Task<Protocol.Agent.ProcessExit> exit = _agent.WaitProcessAsync(ProcessDefaults.ContainerProcessId, CancellationToken.None);
        await Task.WhenAny(exit, _machine.Exited).ConfigureAwait(false);
        if (exit.IsCompletedSuccessfully)
        {
            // Whoever sees the exit must also find the last lines in the log.
            await Task.WhenAny(output, _machine.Exited).ConfigureAwait(false);
            _log.Complete();
            MarkStopped();
            _exited.TrySetResult(ToProcessExit(exit.Result));
            return;
        }

        VirtualMachineExit end = await _machine.Exited.ConfigureAwait(false);
        _log.Complete();
        MarkStopped();
        IsletException reason = Explain(await MachineEndAsync(end.Description, cause: null).ConfigureAwait(false));
        _exited.TrySetException(reason);

        // Observed here, since a container that is disposed while it runs has nobody else who would.
        _ = _exited.Task.Exception;
        if (end.Crashed || _machine.Faulted.IsCompleted)
            _logger.MachineCrashed(Name, reason is StorageException ? reason.Message : end.Description);
    }

    private void MarkStopped()
    {
        if (_state is ContainerState.Created or ContainerState.Running or ContainerState.Paused)
            _state = ContainerState.Stopped;
    }

    /// <summary>Halts the whole machine: no process runs, no connection is answered, the container's clock stands still.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task PauseAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Running, "pause");
        await _machine.PauseAsync(cancellationToken).ConfigureAwait(false);
        _state = ContainerState.Paused;
    }

    /// <summary>Lets a paused machine go on, with its clock set right.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not paused.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Paused, "resume");
        await _machine.ResumeAsync(cancellationToken).ConfigureAwait(false);
        _state = ContainerState.Running;
        await AskAgentAsync(_agent.SetClockAsync(DateTimeOffset.UtcNow, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Sends a signal to the container's process.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    public async Task SendSignalAsync(ContainerSignal signal, CancellationToken cancellationToken = default)
    {
        Ensure(ContainerState.Running, "signal");
        await AskAgentAsync(_agent.SignalProcessAsync(ProcessDefaults.ContainerProcessId, signal.Number, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks the container's process to end and, when it has not after the grace period, ends it. Its files can still be read
    /// until the container is disposed. A container that has stopped already is left as it is.
    /// </summary>
    /// <param name="gracePeriod">How long to wait before SIGKILL. Default: 10 seconds.</param>
    /// <param name="signal">What to send first. Default: the builder's, else the image's STOPSIGNAL, else SIGTERM.</param>
    /// <param name="cancellationToken">Ends the wait; the signals that were sent stay sent.</param>
    /// <exception cref="InvalidContainerStateException">The container is paused or deleted.</exception>
    public async Task StopAsync(
        TimeSpan? gracePeriod = null, ContainerSignal? signal = null, CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (_state == ContainerState.Stopped)
            return;

        Ensure(ContainerState.Running, "stop");
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
        _options.StopSignal ?? (_image.Config.StopSignal is { Length: > 0 } signal ? ContainerSignal.Parse(signal) : ContainerSignal.Terminate);

    private async Task SignalUnlessExitedAsync(ContainerSignal signal, CancellationToken cancellationToken)
    {
        try
        {
            await _agent.SignalProcessAsync(ProcessDefaults.ContainerProcessId, signal.Number, cancellationToken).ConfigureAwait(false);
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
            await _agent.DisposeAsync().ConfigureAwait(false);
            await _machine.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _transition.Release();
        }
    }
}
