using Islet.Diagnostics;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Snapshots;

/// <summary>
/// Machines restored ahead of their use, some of each shape that was used. They are filled up in the background, and given back when
/// the host runs short of memory.
/// </summary>
internal sealed partial class SpareMachines : IAsyncDisposable
{
    private static readonly TimeSpan s_watchInterval = TimeSpan.FromSeconds(2);

    private readonly int _count;
    private readonly Func<bool> _memoryIsScarce;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Shelf> _shelves = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Timer _watch;

    /// <param name="count">How many of each shape are kept; 0: none.</param>
    /// <param name="memoryIsScarce">Whether spares are to be given back.</param>
    /// <param name="loggers">Is told why one could not be made.</param>
    public SpareMachines(int count, Func<bool> memoryIsScarce, ILoggerFactory loggers)
    {
        _count = count;
        _memoryIsScarce = memoryIsScarce;
        _logger = loggers.CreateLogger<SpareMachines>();
        _watch = new Timer(_ => GiveBackWhenScarce(), null, count > 0 ? s_watchInterval : Timeout.InfiniteTimeSpan, s_watchInterval);
    }

    /// <summary>How many are ready now, of all shapes.</summary>
    public int Ready
    {
        get
        {
            lock (_lock)
                return _shelves.Values.Sum(shelf => shelf.Machines.Count);
        }
    }

    /// <summary>Takes one, which the caller owns, if one is ready.</summary>
    public IPreparedMachine? TryTake(string shape)
    {
        lock (_lock)
        {
            if (!_shelves.TryGetValue(shape, out Shelf? shelf))
                return null;

            while (shelf.Machines.TryDequeue(out IPreparedMachine? machine))
            {
                if (!machine.Exited.IsCompleted)
                    return machine;
                _ = machine.DisposeAsync().AsTask();
            }

            return null;
        }
    }

    /// <summary>Has as many made as are missing, one after the other, in the background. Never fails.</summary>
    /// <param name="shape">Their shape.</param>
    /// <param name="prepare">Makes one, or none when there is nothing to make it from.</param>
    public void Fill(string shape, Func<CancellationToken, Task<IPreparedMachine?>> prepare)
    {
        if (_count == 0)
            return;

        lock (_lock)
        {
            if (!_shelves.TryGetValue(shape, out Shelf? shelf))
                _shelves.Add(shape, shelf = new Shelf());
            if (!_stopping.IsCancellationRequested && shelf.Filling.IsCompleted)
                shelf.Filling = Task.Run(() => FillAsync(shelf, prepare), CancellationToken.None);
        }
    }

    /// <summary>Waits until no spare is being made.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
            return Task.WhenAll(_shelves.Values.Select(shelf => shelf.Filling));
    }

    /// <summary>Ends all spares if the host is short of memory; the next start of a shape has them made again.</summary>
    public void GiveBackWhenScarce()
    {
        if (Ready > 0 && _memoryIsScarce())
        {
            LogGivenBack();
            _ = EndAllAsync();
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
        await EndAllAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task FillAsync(Shelf shelf, Func<CancellationToken, Task<IPreparedMachine?>> prepare)
    {
        try
        {
            while (IsWanted(shelf) && !_memoryIsScarce() && await prepare(_stopping.Token).ConfigureAwait(false) is { } machine)
            {
                lock (_lock)
                    shelf.Machines.Enqueue(machine);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Nobody wants it any more.
        }
        catch (IsletException exception)
        {
            LogNotMade(exception.Message);
        }
    }

    private bool IsWanted(Shelf shelf)
    {
        lock (_lock)
            return !_stopping.IsCancellationRequested && shelf.Machines.Count < _count;
    }

    private async Task EndAllAsync()
    {
        IPreparedMachine[] all;
        lock (_lock)
        {
            all = [.. _shelves.Values.SelectMany(shelf => shelf.Machines)];
            foreach (Shelf shelf in _shelves.Values)
                shelf.Machines.Clear();
        }

        foreach (IPreparedMachine machine in all)
            await machine.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(EventId = 210, Level = LogLevel.Information, Message = "The host is short of memory: the spare machines are given back")]
    private partial void LogGivenBack();

    [LoggerMessage(EventId = 211, Level = LogLevel.Warning, Message = "A spare machine can't be made: {Reason}")]
    private partial void LogNotMade(string reason);

    private sealed class Shelf
    {
        public Queue<IPreparedMachine> Machines { get; } = new();

        public Task Filling { get; set; } = Task.CompletedTask;
    }
}
