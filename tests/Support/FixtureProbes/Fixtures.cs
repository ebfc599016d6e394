namespace Islet.Testing.Probes;

public sealed class IdleFixture : ContainerFixture<Container>
{
    protected override ContainerBuilder Configure()
    {
        Idle.Record("configured IdleFixture");
        return Idle.Builder;
    }

    protected override async Task SeedAsync(Container container, CancellationToken cancellationToken)
    {
        Idle.Record("seeded IdleFixture");
        await container.MarkAsync("seed", cancellationToken);
    }
}

public sealed class BrokenFixture : ContainerFixture<Container>
{
    protected override ContainerBuilder Configure()
    {
        Idle.Record("configured BrokenFixture");
        return Idle.Broken;
    }
}
