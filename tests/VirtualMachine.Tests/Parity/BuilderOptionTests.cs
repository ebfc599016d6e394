namespace Islet.VirtualMachine.Tests.Parity;

/// <summary>The options of a builder apply to the container's own process, and not only to commands that run in addition.</summary>
public sealed class BuilderOptionTests(BuilderOptionTests.ConfiguredFixture fixture) : IClassFixture<BuilderOptionTests.ConfiguredFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_process_runs_under_the_hostname_in_the_directory_and_as_the_user()
    {
        Container container = await fixture.Container;
        Assert.Equal("parity-host /srv/work 1000 1000\n", await container.ReadTextAsync("/tmp/seen-by-the-process"));
    }

    [Fact]
    public async Task The_process_has_the_environment_of_single_variables_and_of_a_dictionary_and_the_last_word_counts()
    {
        string[] environment = (await (await fixture.Container).ReadTextAsync("/tmp/environment")).Split('\n');
        Assert.Contains("SINGLE=last", environment);
        Assert.DoesNotContain("SINGLE=first", environment);
        Assert.Contains("ONE=1", environment);
        Assert.Contains("TWO=with spaces = and signs", environment);
    }

    [Fact]
    public async Task Labels_are_the_containers()
    {
        Container container = await fixture.Container;
        Assert.Equal("green", container.Labels["colour"]);
        Assert.Equal("7", container.Labels["number"]);
    }

    [Fact]
    public async Task A_tmpfs_is_mounted_where_it_was_asked_for()
    {
        ExecResult result = await (await fixture.Container).ExecAsync(["stat", "-f", "-c", "%T", "/scratch"], cancellationToken: Cancelled);
        Assert.Equal("tmpfs\n", result.Stdout);
    }

    [Fact]
    public async Task The_memory_is_the_limit_that_the_process_sees()
    {
        ExecResult result = await (await fixture.Container).ExecAsync(["cat", "/sys/fs/cgroup/memory.max"], cancellationToken: Cancelled);
        Assert.Equal($"{MemorySize.FromMebibytes(96).Bytes}\n", result.Stdout);
    }

    [Fact]
    public async Task Open_files_are_limited_as_docker_limits_them()
    {
        ExecResult result = await (await fixture.Container).ExecAsync(
            ["sh", "-c", "echo $(ulimit -Sn) $(ulimit -Hn); awk '/Max processes/ {print $3, $4}' /proc/self/limits"],
            cancellationToken: Cancelled);
        Assert.Equal("1024 524288\nunlimited unlimited\n", result.Stdout);
    }

    public sealed class ConfiguredFixture : IAsyncDisposable
    {
        private readonly Lazy<Task<Container>> _container = new(() => TestRuntime.Idle
            .WithName("parity").WithHostname("parity-host").WithMemory(MemorySize.FromMebibytes(96))
            .WithWorkingDirectory("/srv/work").WithUser("1000:1000")
            .WithEnvironment("SINGLE", "first").WithEnvironment("SINGLE", "last")
            .WithEnvironment(new Dictionary<string, string> { ["ONE"] = "1", ["TWO"] = "with spaces = and signs" })
            .WithLabel("colour", "red").WithLabel("colour", "green").WithLabel("number", "7")
            .WithTmpfs("/scratch")
            .WithCommand("sh", "-c", "echo $(hostname) $(pwd) $(id -u) $(id -g) > /tmp/seen-by-the-process; env > /tmp/environment; "
                + "echo up; exec sleep infinity")
            .WaitUntil(Wait.ForLogLine("^up$"))
            .StartTestAsync());

        public Task<Container> Container => _container.Value;

        public async ValueTask DisposeAsync()
        {
            if (_container.IsValueCreated && _container.Value.IsCompletedSuccessfully)
                await (await _container.Value).DisposeAsync();
        }
    }
}
