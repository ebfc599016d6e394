using Islet.Agent;
using Islet.Snapshots;
using Islet.VirtualMachines;

namespace Islet.Machines;

// Pooled machines, restored ahead of a start.
internal sealed partial class MachineProvider
{
    // Ten times as long as it takes on a busy host whose processor is emulated.
    private static readonly TimeSpan s_longestRehearsal = TimeSpan.FromSeconds(30);

    private async Task<IVirtualMachine?> TryStartPooledAsync(
        string shape, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        if (_pool.TryTake(shape) is not { } pooled)
            return null;

        try
        {
            return await pooled.StartAsync(options.RootDisk, timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (VirtualMachineException exception)
        {
            _logger.PooledMachineFailed(exception.Message);
            return null;
        }
        finally
        {
            FillPool(shape, options);
        }
    }

    private void FillPool(string shape, VirtualMachineOptions options) => _pool.Fill(shape, async cancellationToken =>
    {
        using SnapshotLease? template = await _store.TryOpenAsync(NameOf(shape), cancellationToken).ConfigureAwait(false);
        if (template is null)
            return null;

        IPooledMachine pooled = await _backend.PrepareAsync(
            WithoutDisk(options, "pooled"), template.Machine, RestoreMode.Private, cancellationToken).ConfigureAwait(false);
        try
        {
            // With KVM, the only gain is pages that are mapped already. The rehearsal costs less than a second way for KVM would.
            if (options.RootDisk is { } disk)
                await pooled.RehearseAsync(
                    disk, (channel, stop) => RehearseAsync(channel, options, stop), cancellationToken).ConfigureAwait(false);
            return pooled;
        }
        catch
        {
            await pooled.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    });

    private async Task RehearseAsync(IGuestChannel channel, VirtualMachineOptions options, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_longestRehearsal);
        try
        {
            var agent = new AgentClient(channel);
            await FailToBootstrapAsync(agent, options, limit.Token).ConfigureAwait(false);
            await agent.AbandonAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or AgentException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new VirtualMachineException($"A machine that was to be pooled did not rehearse: {exception.Message}", exception);
        }
    }

    private async Task FailToBootstrapAsync(AgentClient agent, VirtualMachineOptions options, CancellationToken cancellationToken)
    {
        try
        {
            _ = await agent.BootstrapAsync(_rehearse(options), cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException)
        {
            // The program does not exist: all steps before its start have been run.
        }
    }
}
