namespace Islet.Containers;

/// <summary>What generic code must know of a builder to start what it describes.</summary>
/// <typeparam name="TContainer">What a start gives.</typeparam>
public interface IContainerBuilder<TContainer>
{
    /// <inheritdoc cref="ContainerBuilder.WithWarmStart"/>
    IContainerBuilder<TContainer> WithWarmStart();

    /// <inheritdoc cref="ContainerBuilder.WithCheckpoints"/>
    IContainerBuilder<TContainer> WithCheckpoints();

    /// <inheritdoc cref="ContainerBuilder.StartAsync(ContainerRuntime, CancellationToken)"/>
    Task<TContainer> StartAsync(ContainerRuntime runtime, CancellationToken cancellationToken = default);
}
