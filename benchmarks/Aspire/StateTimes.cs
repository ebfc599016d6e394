using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Benchmarks.Aspire;

/// <summary>The times at which each resource first reached each state, and at which it was first healthy.</summary>
internal sealed class StateTimes : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Resource, string State), TaskCompletionSource<TimeSpan>> _times = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _watching;

    public StateTimes(ResourceNotificationService notifications, long begun) => _watching = WatchAsync(notifications, begun);

    private const string Healthy = "healthy";

    public Task<TimeSpan> OfAsync(string resource, string state) => Source(resource, state).Task;

    public Task<TimeSpan> HealthyAsync(string resource) => Source(resource, Healthy).Task;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watching;
        _ending.Dispose();
    }

    private async Task WatchAsync(ResourceNotificationService notifications, long begun)
    {
        try
        {
            await foreach (ResourceEvent update in notifications.WatchAsync(_ending.Token))
            {
                if (update.Snapshot.State is { } state)
                    Source(update.Resource.Name, state.Text).TrySetResult(Stopwatch.GetElapsedTime(begun));
                if (update.Snapshot.HealthStatus == HealthStatus.Healthy)
                    Source(update.Resource.Name, Healthy).TrySetResult(Stopwatch.GetElapsedTime(begun));
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The times are not needed any more.
        }
    }

    private TaskCompletionSource<TimeSpan> Source(string resource, string state) =>
        _times.GetOrAdd(
            (resource, state), static _ => new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously));
}
