using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Machines;

/// <summary>
/// A pool of machines that are made ahead of their use, some for each kind that was used. It is filled in the background, and emptied
/// when the host runs short of memory.
/// </summary>
internal sealed class MachinePool<TMachine> : IAsyncDisposable
    where TMachine : class, IUnusedMachine
{
    private const string LogCategory = "Islet.Machines.MachinePool";

    private static readonly TimeSpan s_watchInterval = TimeSpan.FromSeconds(2);

    private readonly int _count;
    private readonly int _kinds;
    private readonly Func<bool> _memoryIsScarce;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Shelf> _shelves = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Timer _watch;
    private Task _ending = Task.CompletedTask;

    /// <param name="count">The number of machines to keep for each kind; 0: none.</param>
    /// <param name="kinds">The number of kinds to keep; the kind that was not used for the longest time is removed first.</param>
    /// <param name="memoryIsScarce">A function that returns whether the machines must be given back.</param>
    /// <param name="loggers">The factory of the logger, for machines that could not be made.</param>
    public MachinePool(int count, int kinds, Func<bool> memoryIsScarce, ILoggerFactory loggers)
    {
        _count = count;
        _kinds = kinds;
        _memoryIsScarce = memoryIsScarce;
        _logger = loggers.CreateLogger(LogCategory);
        _watch = new Timer(_ => GiveBack(), null, count > 0 ? s_watchInterval : Timeout.InfiniteTimeSpan, s_watchInterval);
    }

    /// <summary>The number of machines that are ready now, of all kinds.</summary>
    public int Ready
    {
        get
        {
            lock (_lock)
                return _shelves.Values.Sum(shelf => shelf.Machines.Count);
        }
    }

    /// <summary>Takes a machine from the pool if one is ready; the caller owns it.</summary>
    public TMachine? TryTake(string kind)
    {
        lock (_lock)
        {
            if (!_shelves.TryGetValue(kind, out Shelf? shelf))
                return null;

            while (shelf.Machines.TryDequeue(out TMachine? machine))
            {
                if (!machine.Exited.IsCompleted)
                    return machine;
                End([machine], Task.CompletedTask);
            }

            return null;
        }
    }

    /// <summary>Makes the missing machines of a kind, one after the other, in the background. Never fails.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="prepare">A function that makes a machine, or returns null when there is nothing to make it from.</param>
    /// <param name="isOfUse">
    /// A function that returns whether the machines can still be used. It is called now and then. Default: always.
    /// </param>
    public void Fill(string kind, Func<CancellationToken, Task<TMachine?>> prepare, Func<bool>? isOfUse = null)
    {
        if (_count == 0)
            return;

        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return;
            if (!_shelves.TryGetValue(kind, out Shelf? shelf))
            {
                MakeRoom();
                _shelves.Add(kind, shelf = new Shelf(isOfUse));
            }

            shelf.LastUsed = Environment.TickCount64;
            if (shelf.Filling.IsCompleted)
                shelf.Filling = Task.Run(() => FillAsync(shelf, prepare), CancellationToken.None);
        }
    }

    /// <summary>Waits until no machine is being made or ended.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
            return Task.WhenAll([.. _shelves.Values.Select(shelf => shelf.Filling), _ending]);
    }

    /// <summary>
    /// Ends the machines that can't be used any more, and all of them if the host is short of memory. The next start of their kind makes
    /// them again.
    /// </summary>
    public void GiveBack()
    {
        lock (_lock)
        {
            foreach (string kind in _shelves.Keys.ToArray())
            {
                if (!_shelves[kind].IsOfUse)
                    Remove(kind);
            }
        }

        if (Ready > 0 && _memoryIsScarce())
        {
            _logger.MachinesGivenBack();
            EndAll();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return;
            _stopping.Cancel();
        }

        await WhenIdleAsync().ConfigureAwait(false);
        EndAll();
        await WhenIdleAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void MakeRoom()
    {
        if (_shelves.Count >= _kinds)
            Remove(_shelves.MinBy(shelf => shelf.Value.LastUsed).Key);
    }

    private void Remove(string kind)
    {
        Shelf shelf = _shelves[kind];
        shelf.IsClosed = true;
        _shelves.Remove(kind);
        End([.. shelf.Machines], shelf.Filling);
    }

    private async Task FillAsync(Shelf shelf, Func<CancellationToken, Task<TMachine?>> prepare)
    {
        try
        {
            while (IsWanted(shelf) && !_memoryIsScarce() && await prepare(_stopping.Token).ConfigureAwait(false) is { } machine)
            {
                if (!TryPlace(shelf, machine))
                    await machine.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The pool was disposed, so the machine is not needed any more.
        }
        catch (Exception exception) when (exception is IsletException || StorageException.Describes(exception))
        {
            _logger.MachineNotStartedAhead(exception.Message);
        }
    }

    private bool IsWanted(Shelf shelf)
    {
        lock (_lock)
            return !_stopping.IsCancellationRequested && !shelf.IsClosed && shelf.Machines.Count < _count;
    }

    private bool TryPlace(Shelf shelf, TMachine machine)
    {
        lock (_lock)
        {
            if (shelf.IsClosed)
                return false;
            shelf.Machines.Enqueue(machine);
            return true;
        }
    }

    private void EndAll()
    {
        lock (_lock)
        {
            End([.. _shelves.Values.SelectMany(shelf => shelf.Machines)], Task.CompletedTask);
            foreach (Shelf shelf in _shelves.Values)
                shelf.Machines.Clear();
        }
    }

    // Called with the lock held. WhenIdleAsync waits for these machines, and for those that are still being made.
    private void End(TMachine[] machines, Task making) =>
        _ending = Task.WhenAll([_ending, making, .. machines.Select(machine => machine.DisposeAsync().AsTask())]);

    private sealed class Shelf(Func<bool>? isOfUse)
    {
        public Queue<TMachine> Machines { get; } = new();

        public Task Filling { get; set; } = Task.CompletedTask;

        public long LastUsed { get; set; }

        public bool IsClosed { get; set; }

        public bool IsOfUse => isOfUse?.Invoke() ?? true;
    }
}
