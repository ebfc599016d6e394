namespace Islet.VirtualMachine.Tests.Containers;

public sealed class WaitTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static ContainerBuilder Shell(string script) => TestRuntime.Idle.WithCommand("sh", "-c", script);

    [Fact]
    public async Task ForPort_waits_until_something_accepts_inside()
    {
        await using Container container = await Shell($"sleep 1; touch /tmp/late; {EchoServer.Command(8080)}")
            .WithPort(8080).StartTestAsync();
        Assert.Equal(0, (await container.ExecAsync(["test", "-e", "/tmp/late"], cancellationToken: Cancelled)).ExitCode);
        Assert.Equal("ping", await EchoServer.AskAsync(container, 8080, "ping", Cancelled));
    }

    [Fact]
    public async Task ForLogLine_waits_for_the_nth_line()
    {
        await using Container container = await Shell("for i in 1 2 3; do echo ready; sleep 0.2; done; touch /tmp/late; sleep infinity")
            .WaitUntil(Wait.ForLogLine("^ready$", 3)).StartTestAsync();
        Assert.Equal(3, container.ReadOutput(OutputStreams.Stdout).Split("ready").Length - 1);
    }

    [Fact]
    public async Task ForCommand_waits_for_exit_code_0()
    {
        await using Container container = await Shell("sleep 0.5; touch /tmp/ready; sleep infinity")
            .WaitUntil(Wait.ForCommand("test", "-e", "/tmp/ready")).StartTestAsync();
        Assert.Equal(0, (await container.ExecAsync(["test", "-e", "/tmp/ready"], cancellationToken: Cancelled)).ExitCode);
    }

    [Fact]
    public async Task ForHttp_waits_for_the_status_and_the_body()
    {
        await using Container container = await Shell(
            "mkdir /www; busybox httpd -p 8080 -h /www; sleep 0.5; echo fine > /www/health; sleep infinity")
            .WaitUntil(Wait.ForHttp(8080, "/health").ForBody(body => body.Contains("fine", StringComparison.Ordinal))).StartTestAsync();
        Assert.Equal(ContainerState.Running, container.State);
    }

    [Fact]
    public async Task ForHealthy_follows_the_images_healthcheck()
    {
        await using Container redis = await new ContainerBuilder(TestImages.Redis).WithMemory(MemorySize.FromMebibytes(128))
            .WaitUntil(Wait.ForHealthy()).StartTestAsync();
        ExecResult ping = await redis.ExecAsync(["redis-cli", "ping"], cancellationToken: Cancelled);
        Assert.Equal("PONG\n", ping.Stdout);
    }

    [Fact]
    public async Task A_wait_that_never_comes_true_ends_with_the_evidence_and_leaves_nothing()
    {
        WaitTimeoutException exception = await Assert.ThrowsAsync<WaitTimeoutException>(
            () => Shell("echo I am stuck; sleep infinity").WithPort(9999).WithStartTimeout(TimeSpan.FromSeconds(8)).StartTestAsync());
        Assert.Contains("9999", exception.Message, StringComparison.Ordinal);
        Assert.Contains("I am stuck", exception.Message, StringComparison.Ordinal);
        Assert.Contains("timeline", exception.Message, StringComparison.Ordinal);
        Assert.Contains("I am stuck", exception.Evidence.LogTail);
    }

    [Fact]
    public async Task A_process_that_ends_before_it_is_ready_fails_the_start_at_once()
    {
        WaitFailedException exception = await Assert.ThrowsAsync<WaitFailedException>(
            () => Shell("echo no config >&2; exit 78").WithPort(8080).StartTestAsync());
        Assert.Contains("78", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no config", exception.Message, StringComparison.Ordinal);
    }
}
