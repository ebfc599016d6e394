using Islet.Agent;
using Islet.Snapshots;
using Islet.VirtualMachines;

namespace Islet.Machines;

internal sealed partial class MachineProvider
{
    // About a hundred times as long as it takes on a busy host whose processor is emulated.
    private static readonly TimeSpan s_longestMaking = TimeSpan.FromMinutes(2);

    /// <summary>Makes a template unless there is one; never fails. After a failure, this process does not try again.</summary>
    private Task MakeOnceAsync(string shape, VirtualMachineOptions options) =>
        _making.GetOrAdd(shape, _ => new Lazy<Task>(() => Task.Run(() => TryMakeAsync(shape, options), CancellationToken.None))).Value;

    private async Task TryMakeAsync(string shape, VirtualMachineOptions options)
    {
        try
        {
            SnapshotName name = NameOf(shape);
            using IDisposable? buildLock = _store.TryAcquireBuildLock(name);
            if (buildLock is null)
            {
                // Another start or process is making it. With PrepareTemplates the start waits for it; otherwise the template is there for
                // the next one.
                if (_makeBeforeFirstStart)
                    await _store.WaitForBuildAsync(name, _stopping.Token).ConfigureAwait(false);
                return;
            }

            using (SnapshotLease? present = await _store.TryOpenAsync(name, _stopping.Token).ConfigureAwait(false))
            {
                if (present is not null)
                    return;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            limit.CancelAfter(s_longestMaking);
            await MakeAsync(name, shape, options, limit.Token).ConfigureAwait(false);
            FillPool(shape, options);

            // If the template is removed, by an eviction for example, it may be made again.
            _ = _making.TryRemove(shape, out _);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The runtime is being disposed, and the draft was disposed by its owner.
        }
        catch (OperationCanceledException)
        {
            _logger.TemplateNotMade($"it was not ready within {s_longestMaking.TotalMinutes:0} minutes.");
        }
        catch (Exception exception) when (exception is IsletException || StorageException.Describes(exception))
        {
            _logger.TemplateNotMade(exception.Message);
        }
    }

    private async Task MakeAsync(SnapshotName name, string shape, VirtualMachineOptions options, CancellationToken cancellationToken)
    {
        using SnapshotDraft draft = await _store.BeginAsync(name, cancellationToken).ConfigureAwait(false);
        IVirtualMachine machine = await _backend.StartAsync(
            WithoutDisk(options, "template") with { MemoryFilePath = draft.MemoryPath }, new StartupTimeline(),
            cancellationToken).ConfigureAwait(false);
        await using (machine.ConfigureAwait(false))
        {
            await PrepareAsync(machine, options, cancellationToken).ConfigureAwait(false);
            _ = await machine.SaveAsync(draft.StatePath, cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        using SnapshotLease made = await draft.CompleteAsync(
            new SnapshotDescription { Shape = shape }, seal: true, cancellationToken).ConfigureAwait(false);
        _logger.TemplateMade(name, options.Memory, options.Cpus);
    }

    /// <summary>
    /// Prepares the agent, so that the saved agent has done all that it can do in advance, and waits for the next request.
    /// </summary>
    private async Task PrepareAsync(IVirtualMachine machine, VirtualMachineOptions options, CancellationToken cancellationToken)
    {
        try
        {
            _ = await new AgentClient(machine.Channel).BootstrapAsync(_prepare(options), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or AgentException)
        {
            throw new VirtualMachineException(
                $"The agent of a machine that was to become a template did not answer: {exception.Message}", exception);
        }
    }

    private static VirtualMachineOptions WithoutDisk(VirtualMachineOptions options, string name) =>
        options with { Name = name, MemoryFilePath = null, RootDisk = null };
}
