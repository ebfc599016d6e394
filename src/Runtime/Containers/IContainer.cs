namespace Islet;

/// <summary>
/// A container, or a product's own type with a container inside: what generic code must know to fork it and to get the same type again.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IContainer<TSelf> : IAsyncDisposable
    where TSelf : IContainer<TSelf>
{
    /// <summary>The container itself: its processes, files, logs, state.</summary>
    Container Container { get; }

    /// <summary>The same type, with the same credentials, around another container that was started from a frozen state of this one.</summary>
    /// <param name="copy">That container; the result owns it.</param>
    TSelf WithContainer(Container copy);
}
