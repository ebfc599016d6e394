namespace Islet.Containers;

// For code that does not know which product it starts.
public sealed partial class ContainerBuilder : IContainerBuilder<Container>
{
    IContainerBuilder<Container> IContainerBuilder<Container>.WithWarmStart() => WithWarmStart();

    IContainerBuilder<Container> IContainerBuilder<Container>.WithCheckpoints() => WithCheckpoints();
}
