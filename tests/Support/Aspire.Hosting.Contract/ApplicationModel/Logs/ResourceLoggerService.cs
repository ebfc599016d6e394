using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The logs of the resources: who watches one gets it from its first line.</summary>
public class ResourceLoggerService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(StringComparer.OrdinalIgnoreCase);

    public ILogger GetLogger(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return GetLogger(resource.Name);
    }

    public ILogger GetLogger(string resourceName) => Log(resourceName);

    /// <summary>The log so far and what is added to it, until it is complete or the enumeration is given up.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return WatchAsync(resource.Name);
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => Log(resourceName).WatchAsync();

    public void Complete(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        Complete(resource.Name);
    }

    public void Complete(string name) => Log(name).Complete();

    public void Dispose()
    {
        foreach (ResourceLog log in _logs.Values)
            log.Complete();

        GC.SuppressFinalize(this);
    }

    private ResourceLog Log(string name) => _logs.GetOrAdd(name, static _ => new ResourceLog());
}
