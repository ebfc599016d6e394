using Islet.Networking;

namespace Islet;

/// <summary>A fault of a published port, which lasts until this is disposed. Disposing it twice is harmless.</summary>
/// <example><code>
/// using (container.GetPublishedPort(5432).Delay(TimeSpan.FromMilliseconds(200)))
/// {
///     // every answer of the server arrives 200 ms later
/// }
/// </code></example>
public sealed class NetworkFault : IDisposable
{
    private readonly LinkConditions _link;

    internal NetworkFault(LinkConditions link) => _link = link;

    internal bool Pauses { get; init; }

    internal bool Cuts { get; init; }

    internal TimeSpan Delay { get; init; }

    internal long? BytesPerSecond { get; init; }

    /// <summary>Ends this fault of the port.</summary>
    public void Dispose() => _link.Remove(this);
}
