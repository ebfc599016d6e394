namespace Islet.VirtualMachine.Tests.Parity;

/// <summary>The end of each wait whose condition does not come true: its time, its exception, and the last thing it saw.</summary>
public sealed class WaitFailureTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task A_log_line_that_never_comes_times_out_and_says_which()
    {
        WaitTimeoutException exception = await FailAsync<WaitTimeoutException>(Wait.ForLogLine("never written", 2).WithTimeout(s_short));
        Assert.Equal(s_short, exception.Waited);
        Assert.Contains("never written", exception.Message, StringComparison.Ordinal);
        Assert.Contains("up", exception.Evidence.LogTail);
    }

    [Fact]
    public async Task A_command_that_never_succeeds_times_out_with_its_last_exit_code_and_words()
    {
        WaitTimeoutException exception = await FailAsync<WaitTimeoutException>(
            Wait.ForCommand("sh", "-c", "echo not yet >&2; exit 9").WithTimeout(TimeSpan.FromSeconds(4)));
        Assert.Contains("9", exception.LastSeen, StringComparison.Ordinal);
        Assert.Contains("not yet", exception.LastSeen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_is_never_found_times_out_with_the_last_status()
    {
        WaitTimeoutException exception = await FailAsync<WaitTimeoutException>(
            Wait.ForHttp(8080, "/missing").WithTimeout(TimeSpan.FromSeconds(4)),
            "mkdir /www; busybox httpd -p 8080 -h /www; exec sleep infinity");
        Assert.Contains("404", exception.LastSeen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_without_a_healthcheck_can_not_be_waited_to_be_healthy()
    {
        WaitFailedException exception = await FailAsync<WaitFailedException>(Wait.ForHealthy());
        Assert.Contains("HEALTHCHECK", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_of_ones_own_can_give_up_at_once()
    {
        WaitFailedException exception = await FailAsync<WaitFailedException>(
            Wait.Until("a miracle", (_, _) => throw new WaitFailedException("There are none.")));
        Assert.Contains("There are none.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_shot_that_ends_with_another_exit_code_fails_with_it()
    {
        WaitFailedException exception = await FailAsync<WaitFailedException>(Wait.ForExit(), "echo out of luck; exit 3");
        Assert.Equal(3, exception.Exit!.ExitCode);
        Assert.Contains("out of luck", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_shot_that_ends_as_expected_is_a_container_that_has_stopped()
    {
        await using Container container = await Shell("echo done; exit 4").WaitUntil(Wait.ForExit().WithExitCode(4)).StartTestAsync();
        Assert.Equal(
            (ContainerState.Stopped, 4, "done\n"), (container.State, container.ExitCode, container.ReadOutput(OutputStreams.Stdout)));
    }

    private static async Task<TException> FailAsync<TException>(WaitStrategy wait, string script = "echo up; exec sleep infinity")
        where TException : IsletException =>
        await Assert.ThrowsAsync<TException>(() => Shell(script).WaitUntil(wait).StartTestAsync());

    private static ContainerBuilder Shell(string script) => TestRuntime.Idle.WithCommand("sh", "-c", script);
}
