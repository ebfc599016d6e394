using Islet.Testing.Probes;

namespace Islet.Testing.Tests;

[Collection(OneProbeAtATime.Name)]
public sealed class SeededFixtureTests(ProbeHost host)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DisposeAsync_with_a_key_of_its_own_removes_the_frozen_state()
    {
        Assert.SkipUnless(ContainerRuntime.Default.Support.IsSupported, ContainerRuntime.Default.Support.Reason);
        await using var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = host.CacheDirectory });
        var fixture = new SeededFixture(runtime);
        await fixture.InitializeAsync(Token);

        // Creating it has removed the checkpoint that a killed process had left.
        string frozen = Assert.Single(runtime.ListCheckpoints()).Id;
        await (await fixture.ForkAsync(Token)).ExecAsync(["true"], cancellationToken: Token);

        await fixture.DisposeAsync();
        Assert.DoesNotContain(runtime.ListCheckpoints(), listing => listing.Id == frozen);
        Assert.Throws<InvalidOperationException>(() => fixture.Container);
    }

    private sealed class SeededFixture(ContainerRuntime runtime) : ContainerLifetime<Container>
    {
        protected override object ReadyStateKey => this;

        protected override ContainerRuntime Runtime => runtime;

        public Task InitializeAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

        protected override ContainerBuilder Configure() => Idle.Builder;

        protected override async Task SeedAsync(Container container, CancellationToken cancellationToken) =>
            await container.ExecAsync(["touch", "/var/tmp/seed"], cancellationToken: cancellationToken);

        protected override Action<string> OpenLog() => _ => { };
    }
}
