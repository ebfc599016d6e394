using Islet.Containers.Waiting;
using Islet.Diagnostics;
using Islet.Images;
using Islet.Network.Outbound;
using Islet.Snapshots;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

// The ways in which a container comes to be.
public sealed partial class Container
{
    internal static async Task<Container> StartAsync(
        ContainerRuntime runtime, ContainerOptions options, CancellationToken cancellationToken)
    {
        var timeline = new StartupTimeline(options.PhaseChanged);
        var operation = ContainerOperation.Start(timeline);
        operation.Activity?.Describe(options);
        try
        {
            Container container = await StartAsync(runtime, options, timeline, cancellationToken).ConfigureAwait(false);
            operation.Activity?.Describe(container);
            operation.Complete();
            return container;
        }
        catch (Exception exception)
        {
            operation.Fail(exception);
            throw;
        }
    }

    private static async Task<Container> StartAsync(
        ContainerRuntime runtime, ContainerOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        try
        {
            RequireHostPlatform(options);
            Image image = await ResolveImageAsync(runtime, options, timeline, cancellationToken).ConfigureAwait(false);
            ProcessDefaults process = ProcessDefaults.From(options, image.Config);
            _ = GuestArtifacts.Locate(runtime.Options, options.KernelPath);
            string disk = await MakeDiskAsync(runtime, image, timeline, cancellationToken).ConfigureAwait(false);
            var blueprint = ContainerBlueprint.Create(runtime, options, image.ManifestDigest, image.Config, process, disk);

            if (options.WarmStart)
                return await WarmStart.StartAsync(runtime, blueprint, timeline, cancellationToken).ConfigureAwait(false);

            SnapshotDraft? draft = await BeginCheckpointAsync(runtime, blueprint, cancellationToken).ConfigureAwait(false);
            return await StartNewAsync(runtime, blueprint, draft, timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (IsletException exception) when (exception.Evidence.IsEmpty)
        {
            exception.Evidence = new FailureEvidence { Image = options.Image.ToString(), Timeline = timeline };
            throw;
        }
    }

    /// <summary>Begins the checkpoint that a container is going to become, if that is known.</summary>
    internal static async Task<SnapshotDraft?> BeginCheckpointAsync(
        ContainerRuntime runtime, ContainerBlueprint blueprint, CancellationToken cancellationToken) => blueprint.Options.WillBeCheckpointed
            ? await BeginWithMemoryAsync(runtime, blueprint, Checkpoint.NewSnapshotName(), cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>
    /// Begins a snapshot in which a container's memory is from its start, or none where that memory might not find the space to grow:
    /// a machine whose memory file can't get a block is killed. It can still be frozen, at the cost of writing its memory then.
    /// </summary>
    internal static async Task<SnapshotDraft?> BeginWithMemoryAsync(
        ContainerRuntime runtime, ContainerBlueprint blueprint, SnapshotName name, CancellationToken cancellationToken) =>
        runtime.Snapshots.HasSpaceFor(blueprint.Machine.Memory)
            ? await runtime.Snapshots.BeginAsync(name, cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>Starts a container from its image.</summary>
    /// <param name="runtime">What it is started with.</param>
    /// <param name="blueprint">What it is.</param>
    /// <param name="draft">The checkpoint that it is going to become, if that is known: its memory is there from the beginning. Owned from here on.</param>
    /// <param name="timeline">Gets the phases.</param>
    /// <param name="cancellationToken">Ends the start; nothing is left of it.</param>
    internal static Task<Container> StartNewAsync(
        ContainerRuntime runtime, ContainerBlueprint blueprint, SnapshotDraft? draft, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        TimeSpan begun = timeline.Elapsed;
        return BringUpAsync(
            runtime, blueprint, new Belongings(draft, null), timeline,
            deadline => runtime.Templates.StartAsync(blueprint.Machine with { MemoryFilePath = draft?.MemoryPath }, timeline, deadline),
            async (container, deadline) =>
            {
                await container.RunAsync(deadline).ConfigureAwait(false);
                await container.WaitUntilReadyAsync(
                    blueprint.Options.StartTimeout - (timeline.Elapsed - begun), cancellationToken).ConfigureAwait(false);
                foreach (StartupCallback callback in blueprint.Options.StartupCallbacks)
                    await callback.Action(container, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Starts a container from a frozen one.</summary>
    /// <param name="runtime">What it is started with.</param>
    /// <param name="blueprint">What it is.</param>
    /// <param name="foundation">The frozen one. Owned from here on.</param>
    /// <param name="draft">The checkpoint that it is going to become in its turn, if that is known. Owned from here on.</param>
    /// <param name="verify">Whether its content may have been damaged since it was made.</param>
    /// <param name="log">What the frozen one had written.</param>
    /// <param name="timeline">Gets the phases.</param>
    /// <param name="cancellationToken">Ends the start; nothing is left of it.</param>
    /// <exception cref="SavedMachineException">The frozen one is damaged, or does not fit.</exception>
    internal static Task<Container> StartFromAsync(
        ContainerRuntime runtime, ContainerBlueprint blueprint, SnapshotLease foundation, SnapshotDraft? draft, bool verify, FrozenLog log,
        StartupTimeline timeline, CancellationToken cancellationToken) => BringUpAsync(
            runtime, blueprint, new Belongings(draft, foundation), timeline,
            deadline => runtime.Restorer.RestoreAsync(
                foundation, blueprint.MachineOn(foundation) with { MemoryFilePath = draft?.MemoryPath }, verify, timeline, deadline),
            async (container, deadline) =>
            {
                container.Adopt(log);
                await container.RenewAsync(container._live, Bootstrap.Renew(container.ClockTime, container._identity), timeline, deadline).ConfigureAwait(false);
                await container.WatchProcessAsync(container._live, deadline).ConfigureAwait(false);
                container.ForwardHostPorts(container._live);
                container.PublishPorts();
                container.MarkRunningOrStopped();
            },
            cancellationToken);

    private static async Task<Container> BringUpAsync(
        ContainerRuntime runtime, ContainerBlueprint blueprint, Belongings belongings, StartupTimeline timeline,
        Func<CancellationToken, Task<IVirtualMachine>> start, Func<Container, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        // The deadline covers what the machine does; how long a pull takes is the network's affair and the caller's token's.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(blueprint.Options.StartTimeout);

        IVirtualMachine? machine = null;
        Container? container = null;
        try
        {
            machine = await start(deadline.Token).ConfigureAwait(false);
            LiveMachine live = await ConnectAsync(runtime, blueprint, machine, timeline, deadline.Token).ConfigureAwait(false);
            container = new Container(runtime, blueprint, live, timeline) { _draft = belongings.Draft, _foundation = belongings.Foundation };
            await run(container, deadline.Token).ConfigureAwait(false);
            return container;
        }
        catch (Exception exception)
        {
            // The evidence is gathered before the machine goes, and the machine goes before the caller hears of it.
            FailureEvidence evidence = container?.Evidence() ?? new FailureEvidence
            {
                Image = blueprint.Options.Image.ToString(),
                ConsoleTail = machine?.ReadConsoleTail(50) ?? [],
                Timeline = timeline,
            };
            Exception reason = await StartFailure.ExplainAsync(
                exception, blueprint.Options, machine, evidence, cancellationToken).ConfigureAwait(false);
            if (container is not null)
                await container.DisposeAsync().ConfigureAwait(false);
            else
                belongings.Dispose();

            if (ReferenceEquals(reason, exception))
                throw;
            throw reason;
        }
    }

    private static Task<LiveMachine> ConnectAsync(
        ContainerRuntime runtime, ContainerBlueprint blueprint, IVirtualMachine machine, StartupTimeline timeline, CancellationToken cancellationToken) =>
        LiveMachine.ConnectAsync(machine, runtime.JudgeOf(blueprint.Options), runtime.LoggerFactory.CreateLogger<OutboundGate>(), timeline, cancellationToken);

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

    private async Task WaitUntilReadyAsync(TimeSpan rest, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = Timeline.Begin(StartupPhases.Ready);
        TimeSpan limit = _options.ReadyTimeout ?? (rest > TimeSpan.Zero ? rest : TimeSpan.FromTicks(1));
        await WaitRunner.RunAsync(_options.Wait ?? Wait.Default, this, limit, cancellationToken).ConfigureAwait(false);
        phase.Complete();
        _logger.ContainerReady(Name, Image, Timeline);
    }

    /// <summary>What a container has in the snapshot store, until there is a container to own it.</summary>
    private sealed record Belongings(SnapshotDraft? Draft, SnapshotLease? Foundation) : IDisposable
    {
        public void Dispose()
        {
            Draft?.Dispose();
            Foundation?.Dispose();
        }
    }
}
