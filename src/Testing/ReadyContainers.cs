using System.Collections.Concurrent;

namespace Islet.Testing;

/// <summary>
/// The ready containers of this process. They last as long as the process does: the next test class may need one that the last one used.
/// </summary>
internal static class ReadyContainers
{
    // Containers that are not removed within this time are removed by the next process that uses the cache.
    private static readonly TimeSpan s_exitPatience = TimeSpan.FromSeconds(5);

    private static readonly ConcurrentDictionary<(object Key, Type Container), Lazy<IAsyncDisposable>> s_all = new();

    static ReadyContainers() => AppDomain.CurrentDomain.ProcessExit += (_, _) => DisposeAllAsync().Wait(s_exitPatience);

    /// <summary>Returns the container of a key, and creates it if there is none yet.</summary>
    public static ReadyContainer<TContainer> GetOrAdd<TContainer>(object key, Func<ReadyContainer<TContainer>> create)
        where TContainer : Container =>
        (ReadyContainer<TContainer>)s_all.GetOrAdd((key, typeof(TContainer)), _ => new Lazy<IAsyncDisposable>(create)).Value;

    /// <summary>Ends the container of a key, if there is one.</summary>
    public static ValueTask RemoveAsync<TContainer>(object key) =>
        s_all.TryRemove((key, typeof(TContainer)), out Lazy<IAsyncDisposable>? ready) ? ready.Value.DisposeAsync() : default;

    private static Task DisposeAllAsync() => Task.WhenAll(s_all.Values.Select(ready => ready.Value.DisposeAsync().AsTask()));
}
