namespace Islet.Testing.Tests;

/// <summary>The common behaviour of the fixtures of every test framework, as that framework itself reports it.</summary>
public abstract class FixtureConformance(FixtureConformance.WholeRun probe)
{
    private ProbeRun Run => probe.Run;

    [Theory]
    [InlineData("A_reset_takes_back_what_was_done")]
    [InlineData("Forks_begin_ready_and_are_apart")]
    [InlineData("Each_test_has_a_container_of_its_own_1")]
    [InlineData("Each_test_has_a_container_of_its_own_2")]
    [InlineData("A_test_that_does_not_need_it_passes")]
    [InlineData("It_runs_where_a_machine_can")]
    public void Passes(string name) => Assert.True(Run[name].Outcome == "Passed", Run[name].ToString());

    [Fact]
    public void Classes_with_one_fixture_type_have_a_fork_each()
    {
        ProbeResult[] results = [.. Run.Results.Where(result => result.Name == "The_class_has_a_container_of_its_own")];
        Assert.Equal(2, results.Length);
        Assert.All(results, result => Assert.True(result.Outcome == "Passed", result.ToString()));
    }

    [Theory]
    [InlineData("A_fork_writes_to_the_output_of_its_test", "[idle] hello-from-a-fork")]
    [InlineData("The_container_writes_to_the_output_of_the_test_that_uses_it", "[idle] hello-from-the-fixture")]
    public void Lines_of_the_container_are_in_the_output_with_its_name(string name, string line)
    {
        Assert.True(Run[name].Outcome == "Passed", Run[name].ToString());
        Assert.Contains(line, Run[name].Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_test_has_the_evidence_in_its_output()
    {
        ProbeResult result = Run["A_failed_test_has_the_evidence_in_its_output"];
        Assert.Equal("Failed", result.Outcome);
        Assert.Contains("[idle] hello-before-the-failure", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"\[idle\] Running; its start: .*renew \d+ ms", result.Output);
    }

    [Theory]
    [InlineData("A_test_that_needs_it_fails_1")]
    [InlineData("A_test_that_needs_it_fails_2")]
    [InlineData("A_test_that_needs_it_fails_3")]
    public void A_failed_start_is_thrown_in_each_test_that_needs_it_with_the_evidence(string name)
    {
        ProbeResult result = Run[name];
        Assert.Equal("Failed", result.Outcome);
        Assert.Contains(
            "BrokenFixture could not start its container: The container exited with code 3", result.Message, StringComparison.Ordinal);
        Assert.Matches(@"timeline: .*process \d+ ms, ready \(not finished\)", result.Message);
        Assert.Contains("the configuration is missing", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("configured IdleFixture")]
    [InlineData("seeded IdleFixture")]
    [InlineData("configured BrokenFixture")]
    public void A_container_is_started_once_however_many_classes_use_it(string what)
    {
        _ = Run;
        Assert.Single(probe.Record, line => line == what);
    }

    [Fact]
    public void No_machine_is_left()
    {
        _ = Run;
        Assert.Empty(probe.Processes);
        Assert.Empty(probe.MachineDirectories);
    }

    [Fact]
    public async Task Where_no_machine_can_run_a_test_that_requires_one_is_skipped_with_the_reason()
    {
        ProbeResult result = await RunWithoutMachinesAsync([]);
        Assert.Equal("NotExecuted", result.Outcome);
        Assert.Contains("QemuPath (ISLET_QEMU) is /nonexistent/qemu", result.Message + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_one_must_run_and_none_can_the_test_fails_with_the_reason()
    {
        ProbeResult result = await RunWithoutMachinesAsync(new() { ["ISLET_REQUIRE"] = "1" });
        Assert.Equal("Failed", result.Outcome);
        Assert.Contains("QemuPath (ISLET_QEMU) is /nonexistent/qemu", result.Message, StringComparison.Ordinal);
    }

    private async Task<ProbeResult> RunWithoutMachinesAsync(Dictionary<string, string> environment)
    {
        environment["ISLET_QEMU"] = "/nonexistent/qemu";
        ProbeRun run = await ProbeRun.StartAsync(
            probe.Framework, "FullyQualifiedName~Requirement", environment, TestContext.Current.CancellationToken);
        return Assert.Single(run.Results);
    }

    /// <summary>A run of a whole probe, and the remains after its end.</summary>
    public abstract class WholeRun(ProbeHost host, string framework) : IAsyncLifetime
    {
        private ProbeRun? _run;

        public string Framework => framework;

        internal ProbeRun Run
        {
            get
            {
                Assert.SkipUnless(ContainerRuntime.Default.Support.IsSupported, ContainerRuntime.Default.Support.Reason);
                return _run!;
            }
        }

        public IReadOnlyList<string> Record { get; private set; } = [];

        public IReadOnlyList<string> Processes { get; private set; } = [];

        public IReadOnlyList<string> MachineDirectories { get; private set; } = [];

        public IReadOnlyList<string> Checkpoints { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            if (!ContainerRuntime.Default.Support.IsSupported)
                return;

            File.Delete(host.RecordPath);
            _run = await ProbeRun.StartAsync(framework, null, host.Environment, TestContext.Current.CancellationToken);
            Record = await File.ReadAllLinesAsync(host.RecordPath, TestContext.Current.CancellationToken);
            Processes = host.Processes();
            MachineDirectories = host.MachineDirectories();
            Checkpoints = host.Checkpoints();
        }

        public ValueTask DisposeAsync() => default;
    }
}
