using System.Collections.Concurrent;
using Islet.Diagnostics;
using Islet.Protocol.Agent;
using Islet.Snapshots;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Machines;

/// <summary>
/// Provides running machines: from the pool, from a boot template, or booted. A template is a machine that was booted, and saved while its
/// agent waited for the first request; there is one for each shape. A start that finds none boots, and the template is made afterwards in
/// the background.
/// </summary>
/// <remarks>Template failures never fail a start that could boot; they are logged as warnings.</remarks>
internal sealed partial class MachineProvider : IAsyncDisposable
{
    private readonly IVirtualMachineBackend _backend;
    private readonly SnapshotStore _store;
    private readonly SnapshotRestorer _restorer;
    private readonly MachinePool<IPooledMachine> _pool;
    private readonly bool _makeBeforeFirstStart;
    private readonly Func<VirtualMachineOptions, BootstrapRequest> _prepare, _rehearse;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, Lazy<Task>> _making = new();
    private int _disposed;

    /// <param name="backend">The backend that runs the machines.</param>
    /// <param name="store">The store that keeps the templates.</param>
    /// <param name="restorer">The restorer that makes machines from them.</param>
    /// <param name="pool">The pool of machines restored ahead; owned from here on.</param>
    /// <param name="prepare">
    /// A function that returns the request to the agent before its machine is saved: all settings that every container of such a machine
    /// shares.
    /// </param>
    /// <param name="rehearse">
    /// A function that returns the request with which the agent of a pooled machine rehearses; it is then abandoned.
    /// </param>
    /// <param name="makeBeforeFirstStart">Whether the first start of a shape waits for the template.</param>
    /// <param name="loggers">The factory of the logger, for templates that were made and for failures.</param>
    public MachineProvider(
        IVirtualMachineBackend backend, SnapshotStore store, SnapshotRestorer restorer, MachinePool<IPooledMachine> pool,
        Func<VirtualMachineOptions, BootstrapRequest> prepare,
        Func<VirtualMachineOptions, BootstrapRequest> rehearse, bool makeBeforeFirstStart, ILoggerFactory loggers)
    {
        _prepare = prepare;
        _rehearse = rehearse;
        _backend = backend;
        _store = store;
        _restorer = restorer;
        _pool = pool;
        _makeBeforeFirstStart = makeBeforeFirstStart;
        _logger = loggers.CreateLogger<MachineProvider>();
    }

    /// <summary>Starts a machine whose agent waits for its first request.</summary>
    /// <param name="options">
    /// The description of the machine. With <see cref="VirtualMachineOptions.MemoryFilePath"/>, which must not exist yet, its memory is a
    /// copy of the template's, so that it can be saved again at little cost.
    /// </param>
    /// <param name="timeline">Receives the phases of a restore or those of a boot.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="VirtualMachineException">It can't be booted.</exception>
    /// <exception cref="StorageException">The machine's own files can't be written.</exception>
    public async Task<IVirtualMachine> StartAsync(
        VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        string shape = _backend.GetShape(options);
        if (options.MemoryFilePath is null
            && await TryStartPooledAsync(shape, options, timeline, cancellationToken).ConfigureAwait(false) is { } pooled)
            return pooled;

        if (await TryRestoreAsync(shape, options, timeline, cancellationToken).ConfigureAwait(false) is { } restored)
            return restored;

        if (_makeBeforeFirstStart)
        {
            await MakeOnceAsync(shape, options).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (await TryRestoreAsync(shape, options, timeline, cancellationToken).ConfigureAwait(false) is { } prepared)
                return prepared;
        }

        IVirtualMachine booted = await _backend.StartAsync(options, timeline, cancellationToken).ConfigureAwait(false);
        _ = MakeOnceAsync(shape, options);
        return booted;
    }

    /// <summary>Waits until the background work is done.</summary>
    public Task WhenIdleAsync() => Task.WhenAll([.. _making.Values.Select(making => making.Value), _pool.WhenIdleAsync()]);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        await _stopping.CancelAsync().ConfigureAwait(false);
        await WhenIdleAsync().ConfigureAwait(false);
        await _pool.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static SnapshotName NameOf(string shape) => new(SnapshotKind.Template, SnapshotKey.FromHash(Convert.FromHexString(shape)));

    private async Task<IVirtualMachine?> TryRestoreAsync(
        string shape, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        using SnapshotLease? template = await TryOpenAsync(NameOf(shape), cancellationToken).ConfigureAwait(false);
        if (template is null)
            return null;

        try
        {
            IVirtualMachine machine = await _restorer.RestoreAsync(
                template, options, verify: true, timeline, cancellationToken).ConfigureAwait(false);
            FillPool(shape, options);
            return machine;
        }
        catch (SavedMachineException exception)
        {
            IsletMetrics.SnapshotRefused(StartKinds.Template);
            _logger.TemplateRefused(exception.Message);
            template.MarkUnusable();
            _ = _making.TryRemove(shape, out _);
            return null;
        }
    }

    private async Task<SnapshotLease?> TryOpenAsync(SnapshotName name, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.TryOpenAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception)
        {
            _logger.TemplateNotMade(exception.Message);
            return null;
        }
    }
}
