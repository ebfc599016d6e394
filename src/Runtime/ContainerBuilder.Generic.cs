namespace Islet;

// For code that does not know which product it starts.
public abstract partial class ContainerBuilder<TBuilder, TContainer> : IContainerBuilder<TContainer>
{
    IContainerBuilder<TContainer> IContainerBuilder<TContainer>.WithWarmStart() => WithWarmStart();

    IContainerBuilder<TContainer> IContainerBuilder<TContainer>.WithCheckpoints() => WithCheckpoints();
}
