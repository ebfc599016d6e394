namespace Islet;

/// <summary>The members of a builder that generic code needs to start the container it describes.</summary>
/// <typeparam name="TContainer">The result of a start.</typeparam>
public interface IContainerBuilder<TContainer>
{
    /// <inheritdoc cref="ContainerBuilder{TBuilder, TContainer}.WithWarmStart"/>
    IContainerBuilder<TContainer> WithWarmStart();

    /// <inheritdoc cref="ContainerBuilder{TBuilder, TContainer}.WithCheckpoints"/>
    IContainerBuilder<TContainer> WithCheckpoints();

    /// <inheritdoc cref="ContainerBuilder{TBuilder, TContainer}.StartAsync(ContainerRuntime, CancellationToken)"/>
    Task<TContainer> StartAsync(ContainerRuntime runtime, CancellationToken cancellationToken = default);
}
