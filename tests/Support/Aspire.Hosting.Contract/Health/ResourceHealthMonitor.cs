using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Health;

/// <summary>Checks the resources that run, and says of each once it is ready.</summary>
internal sealed class ResourceHealthMonitor(
    ResourceNotificationService notifications, HealthCheckService checks, IDistributedApplicationEventing eventing, IServiceProvider services,
    ILogger<ResourceHealthMonitor> logger) : BackgroundService
{
    // The real service's.
    private static readonly TimeSpan s_healthyInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_unhealthyStep = TimeSpan.FromSeconds(1);
    private const int MaxUnhealthySteps = 5;

    /// <summary>The checks of the resource and of what it is a part of.</summary>
    public static ImmutableHashSet<string> KeysOf(IResource resource)
    {
        var keys = ImmutableHashSet.CreateBuilder<string>();
        for (IResource? current = resource; current is not null; current = (current as IResourceWithParent)?.Parent)
            keys.UnionWith(current.Annotations.OfType<HealthCheckAnnotation>().Select(annotation => annotation.Key));

        return keys.ToImmutable();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Dictionary<string, CancellationTokenSource> monitors = [];
        try
        {
            await foreach (ResourceEvent update in notifications.WatchAsync(stoppingToken))
            {
                string? state = update.Snapshot.State?.Text;
                if (state == KnownResourceStates.Running && !monitors.ContainsKey(update.ResourceId))
                {
                    var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                    monitors.Add(update.ResourceId, ending);
                    _ = Task.Run(() => MonitorAsync(update.Resource, ending.Token), stoppingToken);
                }
                else if (state is not null && KnownResourceStates.TerminalStates.Contains(state) && monitors.Remove(update.ResourceId, out CancellationTokenSource? ending))
                {
                    await ending.CancelAsync();
                    ending.Dispose();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops.
        }
        finally
        {
            foreach (CancellationTokenSource ending in monitors.Values)
                ending.Dispose();
        }
    }

    private async Task MonitorAsync(IResource resource, CancellationToken cancellationToken)
    {
        try
        {
            ImmutableHashSet<string> keys = KeysOf(resource);
            if (keys.IsEmpty)
                PublishReady(resource, cancellationToken);
            else
                await CheckRepeatedlyAsync(resource, keys, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The resource or the application has ended.
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "The health of resource {Resource} is no longer watched.", resource.Name);
        }
    }

    private async Task CheckRepeatedlyAsync(IResource resource, ImmutableHashSet<string> keys, CancellationToken cancellationToken)
    {
        bool wasReady = false;
        int unhealthy = 0;
        while (true)
        {
            HealthReport report = await checks.CheckHealthAsync(check => keys.Contains(check.Name), cancellationToken);
            unhealthy = report.Status == HealthStatus.Healthy ? 0 : unhealthy + 1;
            if (unhealthy == 0 && !wasReady)
            {
                wasReady = true;
                PublishReady(resource, cancellationToken);
            }

            DateTime now = DateTime.UtcNow;
            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with
            {
                HealthReports =
                [
                    .. report.Entries.Select(entry =>
                        new HealthReportSnapshot(entry.Key, entry.Value.Status, entry.Value.Description, entry.Value.Exception?.ToString()) { LastRunAt = now }),
                ],
            });
            await Task.Delay(unhealthy == 0 ? s_healthyInterval : s_unhealthyStep * Math.Min(MaxUnhealthySteps, unhealthy), cancellationToken);
        }
    }

    // Nobody waits here: a handler may take as long as it likes. Whoever waits for the resource observes how they ended.
    private void PublishReady(IResource resource, CancellationToken cancellationToken) => _ = Task.Run(
        async () =>
        {
            Task handlers = eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellationToken);
            await handlers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await notifications.PublishUpdateAsync(
                resource, snapshot => snapshot.State?.Text == KnownResourceStates.Running ? snapshot with { ReadyHandlers = handlers } : snapshot);
        },
        cancellationToken);
}
