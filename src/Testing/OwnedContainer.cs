namespace Islet.Testing;

/// <summary>A container that one fixture or test owns, and the forwarding of its lines to a log.</summary>
internal sealed record OwnedContainer<TContainer>(TContainer Container, ContainerOutput Output) : IAsyncDisposable
    where TContainer : Container
{
    public ValueTask DisposeAsync() => Container.DisposeAsync();
}
