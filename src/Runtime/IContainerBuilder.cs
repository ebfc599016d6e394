namespace Islet;

/// <summary>What generic code must know of a builder to start what it describes.</summary>
/// <typeparam name="TContainer">What a start gives.</typeparam>
public interface IContainerBuilder<TContainer>
{
    /// <inheritdoc cref="ContainerBuilder{TBuilder, TContainer}.WithWarmStart"/>
    IContainerBuilder<TContainer> WithWarmStart();

    /// <inheritdoc cref="ContainerBuilder{TBuilder, TContainer}.WithCheckpoints"/>
    IContainerBuilder<TContainer> WithCheckpoints();

    /// <inheritdoc cref="ContainerBuilder{TBuilder, TContainer}.StartAsync(ContainerRuntime, CancellationToken)"/>
    Task<TContainer> StartAsync(ContainerRuntime runtime, CancellationToken cancellationToken = default);
}
