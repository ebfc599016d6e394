using System.Collections.Concurrent;

namespace Islet.Testing;

/// <summary>The ready containers of this process. They last as long as it does: the next test class may need what the last one has left.</summary>
internal static class ReadyContainers
{
    // What is not removed by then is removed by the next process that uses the cache.
    private static readonly TimeSpan s_exitPatience = TimeSpan.FromSeconds(5);

    private static readonly ConcurrentDictionary<(object Key, Type Container), Lazy<IAsyncDisposable>> s_all = new();

    static ReadyContainers() => AppDomain.CurrentDomain.ProcessExit += (_, _) => DisposeAllAsync().Wait(s_exitPatience);

    /// <summary>The one of a key, made if there is none yet.</summary>
    public static ReadyContainer<TContainer> GetOrAdd<TContainer>(object key, Func<ReadyContainer<TContainer>> create)
        where TContainer : class, IContainer<TContainer> =>
        (ReadyContainer<TContainer>)s_all.GetOrAdd((key, typeof(TContainer)), _ => new Lazy<IAsyncDisposable>(create)).Value;

    /// <summary>Ends the one of a key, if there is one.</summary>
    public static ValueTask RemoveAsync<TContainer>(object key) =>
        s_all.TryRemove((key, typeof(TContainer)), out Lazy<IAsyncDisposable>? ready) ? ready.Value.DisposeAsync() : default;

    private static Task DisposeAllAsync() => Task.WhenAll(s_all.Values.Select(ready => ready.Value.DisposeAsync().AsTask()));
}
