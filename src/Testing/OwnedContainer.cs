namespace Islet.Testing;

/// <summary>A container that a fixture or a test has for itself, with its lines on their way to a log.</summary>
internal sealed record OwnedContainer<TContainer>(TContainer Container, ContainerOutput Output) : IAsyncDisposable
    where TContainer : class, IContainer<TContainer>
{
    public ValueTask DisposeAsync() => Container.DisposeAsync();
}
