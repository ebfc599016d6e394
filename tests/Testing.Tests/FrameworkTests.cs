namespace Islet.Testing.Tests;

// One after another: each of them runs machines, which are emulated.
[CollectionDefinition(Name)]
public sealed class OneProbeAtATime : ICollectionFixture<ProbeHost>
{
    public const string Name = "probes";
}

[Collection(OneProbeAtATime.Name)]
public sealed class XunitFixtureTests(XunitFixtureTests.Probe probe) : FixtureConformance(probe), IClassFixture<XunitFixtureTests.Probe>
{
    private readonly Probe _probe = probe;

    // Only where the process ends by itself: VSTest kills the host of NUnit and MSTest, and leaves the removal to the next run.
    [Fact]
    public void No_frozen_state_is_left()
    {
        _ = _probe.Run;
        Assert.Empty(_probe.Checkpoints);
    }

    public sealed class Probe(ProbeHost host) : WholeRun(host, "Xunit");
}

[Collection(OneProbeAtATime.Name)]
public sealed class NUnitFixtureTests(NUnitFixtureTests.Probe probe) : FixtureConformance(probe), IClassFixture<NUnitFixtureTests.Probe>
{
    private readonly Probe _probe = probe;

    [Fact]
    public void A_class_that_can_not_be_made_fails_with_the_reason() => Assert.Contains(
        "[ContainerFixture] can't make the parameter text of NotInjectable",
        _probe.Run["A_class_that_can_not_be_made_fails_with_the_reason"].Message, StringComparison.Ordinal);

    public sealed class Probe(ProbeHost host) : WholeRun(host, "NUnit");
}

[Collection(OneProbeAtATime.Name)]
public sealed class MSTestFixtureTests(MSTestFixtureTests.Probe probe) : FixtureConformance(probe), IClassFixture<MSTestFixtureTests.Probe>
{
    public sealed class Probe(ProbeHost host) : WholeRun(host, "MSTest");
}
