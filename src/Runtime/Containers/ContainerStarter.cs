using System.Collections.Immutable;
using Islet.Agent;
using Islet.Description;
using Islet.Engine;
using Islet.Images;
using Islet.Snapshots;
using Islet.Starting;

namespace Islet.Containers;

/// <summary>Starts containers: from an image, or from a snapshot of a container.</summary>
internal sealed class ContainerStarter(RuntimeEngine engine)
{
    /// <summary>Starts a container as its builder describes it.</summary>
    /// <param name="options">The description.</param>
    /// <param name="callbacks">The startup callbacks, called before the container counts as started.</param>
    /// <param name="cancellationToken">Cancels the start; nothing is left of it.</param>
    public async Task<ContainerCore> StartAsync(
        ContainerOptions options, ImmutableArray<StartupCallback> callbacks, CancellationToken cancellationToken)
    {
        AgentWarmup.Begin();
        var timeline = new StartupTimeline(options.PhaseChanged);
        var operation = ContainerOperation.Start(timeline);
        operation.Activity?.Describe(options);
        try
        {
            ContainerCore container = await StartAsync(options, callbacks, timeline, cancellationToken).ConfigureAwait(false);
            operation.Activity?.Describe(container);
            operation.Complete();
            return container;
        }
        catch (Exception exception)
        {
            Exception reported = StartFailure.ForCaller(exception);
            operation.Fail(reported);
            if (ReferenceEquals(reported, exception))
                throw;
            throw reported;
        }
    }

    private async Task<ContainerCore> StartAsync(
        ContainerOptions options, ImmutableArray<StartupCallback> callbacks, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        try
        {
            // A platform that the caller has chosen is checked before anything is pulled or made. Without machines of the host's own,
            // nothing runs, and an image's fault is the one to tell of.
            GuestArtifacts? emulated = options.Platform.IsHosts ? null : engine.Guests.Locate(engine.Backend, options);
            Image image = await ResolveImageAsync(options, timeline, cancellationToken).ConfigureAwait(false);
            GuestArtifacts guest = emulated ?? engine.Guests.Locate(engine.Backend, options);
            ProcessSettings process = ProcessSettings.From(options, image.Config);
            string disk = await MakeDiskAsync(image, timeline, cancellationToken).ConfigureAwait(false);
            var blueprint = ContainerBlueprint.Create(engine, options, guest, image.ManifestDigest, image.Config, process, disk);

            if (options.WarmStart)
                return await new WarmStart(
                    engine, this, blueprint, callbacks, timeline).StartAsync(cancellationToken).ConfigureAwait(false);

            SnapshotDraft? draft = await BeginDraftAsync(blueprint, cancellationToken).ConfigureAwait(false);
            return await StartNewAsync(blueprint, callbacks, draft, timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (IsletException exception) when (exception.Evidence.IsEmpty)
        {
            new FailureEvidence { Image = options.Image.ToString(), Timeline = timeline }.AttachTo(exception);
            throw;
        }
    }

    /// <summary>Starts a container from its image's disk.</summary>
    /// <param name="blueprint">The description of the container.</param>
    /// <param name="callbacks">The startup callbacks, called before the container counts as started.</param>
    /// <param name="draft">
    /// The checkpoint that will be taken of the container, if that is known: it holds the memory from the beginning. Owned from here on.
    /// </param>
    /// <param name="timeline">Receives the phases.</param>
    /// <param name="cancellationToken">Cancels the start; nothing is left of it.</param>
    public async Task<ContainerCore> StartNewAsync(
        ContainerBlueprint blueprint, ImmutableArray<StartupCallback> callbacks, SnapshotDraft? draft, StartupTimeline timeline,
        CancellationToken cancellationToken)
    {
        TimeSpan begun = timeline.Elapsed;
        using var attempt = new StartAttempt(engine, blueprint, draft, null, timeline, cancellationToken);
        try
        {
            attempt.Machine = await engine.Machines.StartAsync(
                blueprint.Machine with { MemoryFilePath = draft?.MemoryPath }, timeline, attempt.Deadline).ConfigureAwait(false);
            ContainerCore container = await attempt.ConnectAsync().ConfigureAwait(false);
            await container.StartProcessAsync(attempt.Deadline).ConfigureAwait(false);
            await container.WaitUntilReadyAsync(
                blueprint.Options.StartTimeout - (timeline.Elapsed - begun), cancellationToken).ConfigureAwait(false);
            await CallBackAsync(container, callbacks, cancellationToken).ConfigureAwait(false);
            return container;
        }
        catch (Exception exception)
        {
            if (await attempt.FailAsync(exception).ConfigureAwait(false) is { } reason)
                throw reason;
            throw;
        }
    }

    /// <summary>Starts a container from a snapshot of one.</summary>
    /// <param name="blueprint">The description of the container.</param>
    /// <param name="baseSnapshot">The snapshot. Owned from here on.</param>
    /// <param name="draft">The checkpoint that will be taken of the new container, if that is known. Owned from here on.</param>
    /// <param name="verify">Whether the snapshot's content may have been damaged since it was made.</param>
    /// <param name="timeline">Receives the phases.</param>
    /// <param name="cancellationToken">Cancels the start; nothing is left of it.</param>
    /// <exception cref="SavedMachineException">The snapshot is damaged, or does not fit.</exception>
    /// <exception cref="SnapshotException">The record with the container's log is missing or damaged.</exception>
    public async Task<ContainerCore> StartFromAsync(
        ContainerBlueprint blueprint, SnapshotLease baseSnapshot, SnapshotDraft? draft, bool verify, StartupTimeline timeline,
        CancellationToken cancellationToken)
    {
        using var attempt = new StartAttempt(engine, blueprint, draft, baseSnapshot, timeline, cancellationToken);
        try
        {
            attempt.Machine = await engine.Restorer.RestoreAsync(
                baseSnapshot, blueprint.MachineOn(baseSnapshot) with { MemoryFilePath = draft?.MemoryPath }, verify, timeline,
                attempt.Deadline).ConfigureAwait(false);
            ContainerCore container = await attempt.ConnectAsync().ConfigureAwait(false);
            SavedLog log = CheckpointRecord.Read(baseSnapshot.Files.Directory).Log;
            await container.ContinueAsync(log, attempt.Deadline).ConfigureAwait(false);
            return container;
        }
        catch (Exception exception)
        {
            if (await attempt.FailAsync(exception).ConfigureAwait(false) is { } reason)
                throw reason;
            throw;
        }
    }

    private static async Task CallBackAsync(
        ContainerCore container, ImmutableArray<StartupCallback> callbacks, CancellationToken cancellationToken)
    {
        try
        {
            foreach (StartupCallback callback in callbacks)
                await callback.Action(container, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            string reason = (exception as IsletException)?.PlainMessage ?? exception.Message;
            throw new ContainerStartException(ContainerStartReason.CallersCode, $"A startup callback failed: {reason}", exception);
        }
    }

    /// <summary>Begins the checkpoint that will be taken of a container, if the builder says that one will be.</summary>
    public async Task<SnapshotDraft?> BeginDraftAsync(ContainerBlueprint blueprint, CancellationToken cancellationToken) =>
        blueprint.Options.WillBeCheckpointed
            ? await BeginWithMemoryAsync(blueprint, CheckpointSnapshots.NewName(), cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>
    /// Begins a snapshot that holds a container's memory from its start. Returns none if that memory might not find the space to grow,
    /// since a machine whose memory file can't get a block is killed. The container can still be saved; its memory is then written at that
    /// time.
    /// </summary>
    public async Task<SnapshotDraft?> BeginWithMemoryAsync(
        ContainerBlueprint blueprint, SnapshotName name, CancellationToken cancellationToken) =>
        engine.Snapshots.HasSpaceFor(blueprint.Machine.Memory)
            ? await engine.Snapshots.BeginAsync(name, cancellationToken).ConfigureAwait(false)
            : null;

    private async Task<Image> ResolveImageAsync(ContainerOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Image);
        Image image = await engine.Images.ResolveAsync(
            options.Image, options.Platform, options.PullPolicy, options.ImageProgress,
            cancellationToken).ConfigureAwait(false);
        phase.Complete();
        return image;
    }

    private async Task<string> MakeDiskAsync(Image image, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Disk);
        string disk = await engine.Disks.GetOrCreateAsync(image, cancellationToken).ConfigureAwait(false);
        phase.Complete();
        return disk;
    }
}
