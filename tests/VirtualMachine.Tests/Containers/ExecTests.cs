using System.Security.Cryptography;
using System.Text;

namespace Islet.VirtualMachine.Tests.Containers;

public sealed class ExecTests(IdleContainerFixture idle)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecAsync_gives_both_streams_and_the_exit_code()
    {
        ExecResult result = await ShellAsync("echo out; echo err >&2; exit 3");
        Assert.Equal((3, "out\n", "err\n"), (result.ExitCode, result.Stdout, result.Stderr));
        Assert.Equal(0, result.Exit.Signal);
    }

    [Fact]
    public async Task ExecAsync_a_process_that_a_signal_ended_says_which()
    {
        ExecResult result = await ShellAsync("kill -KILL $$");
        Assert.Equal(9, result.Exit.Signal);
        Assert.Equal(137, result.ExitCode);
        Assert.False(result.Exit.OutOfMemory);
    }

    [Fact]
    public async Task ExecAsync_passes_arguments_as_they_are()
    {
        Container container = await idle.GetAsync();
        ExecResult result = await container.ExecAsync(["printf", "[%s]", "a b", "", "$HOME", "*", "é"], cancellationToken: Cancelled);
        Assert.Equal("[a b][][$HOME][*][é]", result.Stdout);
    }

    [Fact]
    public async Task ExecAsync_with_environment_working_directory_and_user_runs_there()
    {
        ExecResult result = await ShellAsync(
            "echo $COLOUR; pwd; id -u; id -g; echo $HOME",
            new ExecOptions
            {
                Environment = new Dictionary<string, string> { ["COLOUR"] = "green" },
                WorkingDirectory = "/usr",
                User = "app",
            });
        Assert.Equal("green\n/usr\n1000\n1000\n/home/app\n", result.Stdout);
    }

    [Theory]
    [InlineData("app", "1000:1000")]
    [InlineData("1000", "1000:1000")]
    [InlineData("1234", "1234:0")]
    [InlineData("1234:4321", "1234:4321")]
    [InlineData("app:root", "1000:0")]
    public async Task ExecAsync_as_a_user_of_the_image_takes_its_ids(string user, string ids)
    {
        ExecResult result = await ShellAsync("echo $(id -u):$(id -g)", new ExecOptions { User = user });
        Assert.Equal(ids + "\n", result.Stdout);
    }

    [Fact]
    public async Task ExecAsync_as_a_named_user_takes_its_further_groups()
    {
        ExecResult result = await ShellAsync("id -Gn", new ExecOptions { User = "app" });
        Assert.Contains("extra", result.Stdout.Split([' ', '\n']));
    }

    [Fact]
    public async Task ExecAsync_with_stdin_reads_it_to_its_end()
    {
        byte[] input = RandomNumberGenerator.GetBytes(3_000_000);
        ExecResult result = await ShellAsync("sha256sum", new ExecOptions { Stdin = new MemoryStream(input) });
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(input)), result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecAsync_without_stdin_finds_it_empty()
    {
        ExecResult result = await ShellAsync("cat; echo end");
        Assert.Equal("end\n", result.Stdout);
    }

    [Fact]
    public async Task ExecAsync_of_a_command_that_writes_more_than_is_kept_is_ended_with_the_way_around()
    {
        Container container = await idle.GetAsync();
        var error = await Assert.ThrowsAnyAsync<ContainerOperationException>(() => container.ExecAsync(
            ["cat", "/dev/zero"], new ExecOptions { CaptureLimit = MemorySize.FromMebibytes(1) }, Cancelled));
        Assert.Contains("1 MiB", error.Message, StringComparison.Ordinal);
        Assert.Equal("", (await ShellAsync("ps | grep '[c]at /dev/zero' || true")).Stdout);
    }

    [Fact]
    public async Task ReadFileAsync_of_more_than_its_limit_fails()
    {
        Container container = await idle.GetAsync();
        await ShellAsync("head -c 3000000 /dev/zero > /tmp/large");
        var error = await Assert.ThrowsAnyAsync<ContainerOperationException>(
            () => container.ReadFileAsync("/tmp/large", MemorySize.FromMebibytes(1), Cancelled));
        Assert.Contains("/tmp/large", error.Message, StringComparison.Ordinal);
        Assert.Equal(3_000_000, (await container.ReadFileAsync("/tmp/large", MemorySize.FromMebibytes(4), Cancelled)).Length);
    }

    [Fact]
    public async Task ExecAsync_loses_nothing_of_a_large_output()
    {
        var output = new MemoryStream();
        ExecResult result = await ShellAsync(
            "head -c 8000000 /dev/zero | tr '\\0' x; echo done >&2", new ExecOptions { Stdout = output });
        Assert.Equal("done\n", result.Stderr);
        Assert.Equal(8_000_000, output.Length);
        Assert.True(output.GetBuffer().AsSpan(0, 8_000_000).IndexOfAnyExcept((byte)'x') < 0);
    }

    [Fact]
    public async Task ExecAsync_with_a_terminal_has_one_and_its_size()
    {
        ExecResult result = await ShellAsync(
            "test -t 0 && test -t 1 && stty size; echo err >&2", new ExecOptions { Terminal = new TerminalSize(100, 40) });
        Assert.Equal("40 100\r\nerr\r\n", result.Stdout);
        Assert.Equal("", result.Stderr);
    }

    [Fact]
    public async Task A_terminal_that_is_resized_tells_its_process()
    {
        Container container = await idle.GetAsync();
        await using ContainerProcess process = await container.StartProcessAsync(
            ["sh", "-c", "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"],
            new ExecOptions { Terminal = new TerminalSize(80, 24) }, Cancelled);
        using var output = new StreamReader(process.Stdout, Encoding.UTF8, leaveOpen: true);
        Assert.Equal("ready", await output.ReadLineAsync(Cancelled));
        await process.ResizeTerminalAsync(new TerminalSize(132, 50), Cancelled);
        Assert.Equal("50 132", await output.ReadLineAsync(Cancelled));
        Assert.Equal(0, (await process.Exited).ExitCode);
    }

    [Fact]
    public async Task StartProcessAsync_talks_to_a_process_line_by_line()
    {
        Container container = await idle.GetAsync();
        await using ContainerProcess process = await container.StartProcessAsync(["cat"], cancellationToken: Cancelled);
        using var output = new StreamReader(process.Stdout, Encoding.UTF8, leaveOpen: true);
        for (int line = 0; line < 3; line++)
        {
            await process.Stdin!.WriteAsync(Encoding.UTF8.GetBytes($"line {line}\n"), Cancelled);
            Assert.Equal($"line {line}", await output.ReadLineAsync(Cancelled));
        }

        await process.Stdin!.CompleteWritesAsync(Cancelled);
        Assert.Null(await output.ReadLineAsync(Cancelled));
        Assert.Equal(0, (await process.Exited).ExitCode);
    }

    // The process may end before its input is requested, during the request, or after it.
    [Fact]
    public async Task StartProcessAsync_of_a_process_that_ends_at_once_finds_the_end_of_its_input_and_no_error()
    {
        Container container = await idle.GetAsync();
        for (int run = 0; run < 40; run++)
        {
            await using ContainerProcess process = await container.StartProcessAsync(["true"], cancellationToken: Cancelled);
            Assert.Equal(0, await process.Stdin!.ReadAsync(new byte[1], Cancelled));
            Assert.Equal(0, (await process.Exited.WaitAsync(Cancelled)).ExitCode);
        }
    }

    [Fact]
    public async Task SendSignalAsync_reaches_the_process()
    {
        Container container = await idle.GetAsync();
        await using ContainerProcess process = await container.StartProcessAsync(["sleep", "infinity"], cancellationToken: Cancelled);
        await process.SendSignalAsync(ContainerSignal.Terminate, Cancelled);
        Assert.Equal(15, (await process.Exited.WaitAsync(Cancelled)).Signal);
    }

    [Fact]
    public async Task ExecAsync_cancelled_kills_the_process()
    {
        Container container = await idle.GetAsync();
        string marker = Guid.NewGuid().ToString("N");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task<ExecResult> running = container.ExecAsync(
            ["sh", "-c", $"touch /tmp/{marker}; sleep infinity; : {marker}"], cancellationToken: cancel.Token);
        await ShellAsync($"until test -e /tmp/{marker}; do sleep 0.02; done");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        ExecResult gone = await ShellAsync(
            $"for i in $(seq 100); do grep -lq '[:] {marker}' /proc/[0-9]*/cmdline 2>/dev/null || exit 0; sleep 0.05; done; exit 1");
        Assert.Equal(0, gone.ExitCode);
    }

    [Fact]
    public async Task ExecAsync_many_at_once_all_answer()
    {
        ExecResult[] results = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => ShellAsync($"echo {number}")));
        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"{number}\n"), results.Select(result => result.Stdout));
    }

    [Theory]
    [InlineData("no-such-program", "no-such-program")]
    [InlineData("/etc/passwd", "permission denied")]
    [InlineData("/nowhere/tool", "/nowhere/tool")]
    public async Task ExecAsync_a_program_that_cannot_run_says_why(string program, string told)
    {
        Container container = await idle.GetAsync();
        ProcessStartException exception = await Assert.ThrowsAsync<ProcessStartException>(
            () => container.ExecAsync([program], cancellationToken: Cancelled));
        Assert.Contains(told, exception.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("nobody-knows")]
    [InlineData("root:no-such-group")]
    [InlineData("4294967296")]
    [InlineData("-1")]
    public async Task ExecAsync_an_unknown_user_says_so(string user)
    {
        ProcessStartException exception = await Assert.ThrowsAsync<ProcessStartException>(
            () => ShellAsync("true", new ExecOptions { User = user }));
        Assert.Contains(user.Split(':')[^1], exception.Message, StringComparison.Ordinal);
    }

    private async Task<ExecResult> ShellAsync(string script, ExecOptions? options = null)
    {
        Container container = await idle.GetAsync();
        return await container.ExecAsync(["sh", "-c", script], options, Cancelled);
    }
}
