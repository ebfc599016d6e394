using Islet.Networking;

namespace Islet;

/// <summary>What is wrong with a published port until this is disposed. Disposing it twice is harmless.</summary>
/// <example><code>
/// await using (await container.GetPublishedPort(5432).DelayAsync(TimeSpan.FromMilliseconds(200)))
/// {
///     // every answer of the server arrives 200 ms later
/// }
/// </code></example>
public sealed class NetworkFault : IDisposable, IAsyncDisposable
{
    private readonly LinkConditions _link;

    internal NetworkFault(LinkConditions link) => _link = link;

    internal bool Pauses { get; init; }

    internal bool Cuts { get; init; }

    internal TimeSpan Delay { get; init; }

    internal long? BytesPerSecond { get; init; }

    /// <summary>Makes the port well again, as far as this fault is concerned.</summary>
    public void Dispose() => _link.Remove(this);

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
