using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

public partial class ResourceNotificationService
{
    /// <param name="targetState">"Running" where nothing is said.</param>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [string.IsNullOrEmpty(targetState) ? KnownResourceStates.Running : targetState], cancellationToken);

    /// <returns>The state it is in.</returns>
    public async Task<string> WaitForResourceAsync(
        string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        ResourceEvent reached = await WaitForResourceAsync(
            resourceName, update => update.Snapshot.State is { } state && targetStates.Contains(state.Text, StringComparer.OrdinalIgnoreCase), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (ResourceEvent update in WatchAsync(cancellationToken))
        {
            if (string.Equals(update.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(update))
                return update;
        }

        throw new OperationCanceledException($"The operation was cancelled before the resource '{resourceName}' met the predicate.");
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, _defaultWaitBehavior, cancellationToken);

    /// <summary>Waits until it is healthy and the handlers of the event that says so have ended.</summary>
    /// <exception cref="DistributedApplicationException">It has ended, and that ends the wait.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        await WaitUntilAsync(IsHealthy);
        ResourceEvent ready = await WaitUntilAsync(IsReady);
        await ready.Snapshot.ReadyHandlers!.WaitAsync(cancellationToken);
        return ready;

        async Task<ResourceEvent> WaitUntilAsync(Func<CustomResourceSnapshot, bool> condition)
        {
            ResourceEvent update = await WaitForResourceAsync(
                resourceName, update => condition(update.Snapshot) || EndsWait(update.Snapshot, waitBehavior), cancellationToken);
            return EndsWait(update.Snapshot, waitBehavior)
                ? throw new DistributedApplicationException(
                    $"Stopped waiting for resource '{resourceName}' to become healthy because {Reason(update.Snapshot)}.")
                : update;
        }
    }

    /// <summary>Waits for all that the resource was told to wait for.</summary>
    /// <exception cref="DistributedApplicationException">One of them has failed, and that ends the wait.</exception>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (!resource.TryGetAnnotationsOfType(out IEnumerable<WaitAnnotation>? waits))
            return;

        await PublishUpdateAsync(resource, snapshot => snapshot with { State = KnownResourceStates.Waiting });
        await Task.WhenAll(waits.Select(wait => WaitForDependencyAsync(resource, wait, cancellationToken)));
    }

    private static bool IsHealthy(CustomResourceSnapshot snapshot) => snapshot.HealthStatus == HealthStatus.Healthy;

    private static bool IsReady(CustomResourceSnapshot snapshot) => snapshot.ReadyHandlers is not null;

    private static bool IsRunning(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.Running;

    private static bool HasEnded(CustomResourceSnapshot snapshot) =>
        snapshot.State is { } state && (KnownResourceStates.TerminalStates.Contains(state.Text) || state.Text == KnownResourceStates.RuntimeUnhealthy);

    private static bool EndsWait(CustomResourceSnapshot snapshot, WaitBehavior waitBehavior) =>
        waitBehavior == WaitBehavior.StopOnResourceUnavailable && HasEnded(snapshot);

    private Task WaitForDependencyAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken) =>
        wait.WaitType == WaitType.WaitForCompletion
            ? WaitForCompletionAsync(resource, wait, cancellationToken)
            : WaitUntilUpAsync(resource, wait, cancellationToken);

    private async Task WaitUntilUpAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        WaitBehavior behavior = wait.WaitBehavior ?? _defaultWaitBehavior;
        ILogger logger = _loggers.GetLogger(resource);
        logger.LogInformation("Waiting for resource '{Dependency}' to enter the 'Running' state.", wait.Resource.Name);
        await WaitUntilAsync(IsRunning);
        if (wait.WaitType == WaitType.WaitUntilHealthy)
        {
            if (wait.Resource.HasAnnotationOfType<HealthCheckAnnotation>())
            {
                logger.LogInformation("Waiting for resource '{Dependency}' to become healthy.", wait.Resource.Name);
                await WaitUntilAsync(IsHealthy);
            }

            logger.LogInformation("Waiting for resource ready to execute for '{Dependency}'.", wait.Resource.Name);
            CustomResourceSnapshot ready = await WaitUntilAsync(IsReady);
            await ready.ReadyHandlers!.WaitAsync(cancellationToken);
        }

        logger.LogInformation("Finished waiting for resource '{Dependency}'.", wait.Resource.Name);

        async Task<CustomResourceSnapshot> WaitUntilAsync(Func<CustomResourceSnapshot, bool> condition)
        {
            ResourceEvent update = await WaitForResourceAsync(
                wait.Resource.Name, update => condition(update.Snapshot) || EndsWait(update.Snapshot, behavior), cancellationToken);
            return EndsWait(update.Snapshot, behavior) ? throw Unavailable(logger, resource, update) : update.Snapshot;
        }
    }

    private async Task WaitForCompletionAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        ILogger logger = _loggers.GetLogger(resource);
        logger.LogInformation("Waiting for resource '{Dependency}' to complete.", wait.Resource.Name);
        ResourceEvent end = await WaitForResourceAsync(
            wait.Resource.Name,
            update => update.Snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text)
                && (state.Text != KnownResourceStates.Exited || update.Snapshot.ExitCode is not null),
            cancellationToken);
        if (end.Snapshot.State!.Text == KnownResourceStates.FailedToStart)
            throw Unavailable(logger, resource, end);

        if (end.Snapshot.ExitCode is { } exitCode && exitCode != wait.ExitCode)
        {
            throw new DistributedApplicationException(
                $"Resource '{resource.Name}' stopped waiting for dependency resource '{wait.Resource.Name}' because it entered the "
                + $"'{end.Snapshot.State.Text}' state with exit code '{exitCode}', expected '{wait.ExitCode}'.");
        }

        logger.LogInformation("Finished waiting for resource '{Dependency}'.", wait.Resource.Name);
    }

    private static DistributedApplicationException Unavailable(ILogger logger, IResource resource, ResourceEvent dependency)
    {
        string reason = Reason(dependency.Snapshot);
        logger.LogError("Stopped waiting for dependency resource '{Dependency}' because {Reason}.", dependency.Resource.Name, reason);
        return new DistributedApplicationException(
            $"Resource '{resource.Name}' stopped waiting for dependency resource '{dependency.Resource.Name}' because {reason}.");
    }

    private static string Reason(CustomResourceSnapshot snapshot) =>
        snapshot.State!.Text == KnownResourceStates.FailedToStart ? "it failed to start" : $"it entered the '{snapshot.State.Text}' state";
}
