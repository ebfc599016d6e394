namespace Islet.Testing.Tests;

// One after the other: each runs machines, which are emulated.
[CollectionDefinition(Name)]
public sealed class Probes : ICollectionFixture<ProbeHost>
{
    public const string Name = "probes";
}

[Collection(Probes.Name)]
public sealed class XunitFixtureTests(XunitFixtureTests.Probe probe) : FixtureConformance(probe), IClassFixture<XunitFixtureTests.Probe>
{
    public sealed class Probe(ProbeHost host) : WholeRun(host, "Xunit");
}

[Collection(Probes.Name)]
public sealed class NUnitFixtureTests(NUnitFixtureTests.Probe probe) : FixtureConformance(probe), IClassFixture<NUnitFixtureTests.Probe>
{
    private readonly Probe _probe = probe;

    [Fact]
    public void A_class_that_can_not_be_made_fails_with_the_reason() => Assert.Contains(
        "[ContainerFixture] can't make the parameter text of NotInjectable",
        _probe.Run["A_class_that_can_not_be_made_fails_with_the_reason"].Message, StringComparison.Ordinal);

    public sealed class Probe(ProbeHost host) : WholeRun(host, "NUnit");
}

[Collection(Probes.Name)]
public sealed class MSTestFixtureTests(MSTestFixtureTests.Probe probe) : FixtureConformance(probe), IClassFixture<MSTestFixtureTests.Probe>
{
    public sealed class Probe(ProbeHost host) : WholeRun(host, "MSTest");
}
