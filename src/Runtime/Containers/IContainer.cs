namespace Islet;

/// <summary>
/// A container, or a product's own type with a container inside. Generic code needs these members to fork it and get the same type again.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IContainer<TSelf> : IAsyncDisposable
    where TSelf : IContainer<TSelf>
{
    /// <summary>The container itself: its processes, files, logs, state.</summary>
    Container Container { get; }

    /// <summary>
    /// Returns the same type, with the same credentials, around another container that was started from a snapshot of this one.
    /// </summary>
    /// <param name="copy">The other container; the result owns it.</param>
    TSelf WithContainer(Container copy);
}
