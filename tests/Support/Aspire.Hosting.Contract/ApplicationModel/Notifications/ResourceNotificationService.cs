using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>How far a wait goes when nothing else is said.</summary>
public sealed class ResourceNotificationServiceOptions
{
    public WaitBehavior DefaultWaitBehavior { get; set; } = WaitBehavior.StopOnResourceUnavailable;
}

/// <summary>The states of the resources: publishes changes, tells the current ones, waits for one.</summary>
public partial class ResourceNotificationService : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private readonly CancellationTokenSource _disposing = new();
    private readonly ILogger<ResourceNotificationService> _logger;
    private readonly IServiceProvider _services;
    private readonly ResourceLoggerService _loggers;
    private readonly WaitBehavior _defaultWaitBehavior;

    internal ResourceNotificationService(
        ILogger<ResourceNotificationService> logger, IServiceProvider services, ResourceLoggerService loggers,
        ResourceNotificationServiceOptions options)
    {
        _logger = logger;
        _services = services;
        _loggers = loggers;
        _defaultWaitBehavior = options.DefaultWaitBehavior;
    }

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return PublishUpdateAsync(resource, resource.Name, stateFactory);
    }

    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(stateFactory);
        lock (_lock)
        {
            CustomResourceSnapshot previous = _current.TryGetValue(resourceId, out ResourceEvent? last) ? last.Snapshot : Initial(resource);
            CustomResourceSnapshot next = WithCommands(resource, stateFactory(previous));
            // The next start has to be found ready anew.
            if (HasEnded(next))
                next = next with { ReadyHandlers = null };

            if (next.State?.Text != previous.State?.Text && next.State is { } state)
                _logger.LogDebug("Resource {Resource} changed state: {Previous} -> {State}", resourceId, previous.State?.Text, state.Text);

            var update = new ResourceEvent(resource, resourceId, next);
            _current[resourceId] = update;
            foreach (Channel<ResourceEvent> watcher in _watchers)
                watcher.Writer.TryWrite(update);
        }

        return Task.CompletedTask;
    }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_lock)
            return _current.TryGetValue(resourceId, out resourceEvent);
    }

    /// <summary>The current state of every resource, and then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var updates = Channel.CreateUnbounded<ResourceEvent>();
        lock (_lock)
        {
            foreach (ResourceEvent current in _current.Values)
                updates.Writer.TryWrite(current);

            _watchers.Add(updates);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        try
        {
            await foreach (ResourceEvent update in updates.Reader.ReadAllAsync(ending.Token))
                yield return update;
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(updates);
        }
    }

    public void Dispose()
    {
        _disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    private static CustomResourceSnapshot Initial(IResource resource) =>
        new() { ResourceType = TypeName(resource), Properties = [] };

    private static string TypeName(IResource resource)
    {
        const string suffix = "Resource";
        string name = resource.GetType().Name;
        return name.EndsWith(suffix, StringComparison.Ordinal) && name.Length > suffix.Length ? name[..^suffix.Length] : name;
    }

    // A command's state depends on the snapshot, so it is found anew with each.
    private CustomResourceSnapshot WithCommands(IResource resource, CustomResourceSnapshot snapshot)
    {
        var context = new UpdateCommandStateContext { ResourceSnapshot = snapshot, ServiceProvider = _services };
        return snapshot with
        {
            Commands =
            [
                .. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(command => new ResourceCommandSnapshot(
                    command.Name, command.UpdateState(context), command.DisplayName, command.DisplayDescription, command.Parameter,
                    command.ConfirmationMessage, command.IconName, command.IconVariant, command.IsHighlighted)),
            ],
        };
    }
}
