#pragma warning disable ASPIRECONTAINERRUNTIME001, ASPIRETERMINAL001
using System.Diagnostics;
using Aspire.Hosting.Publishing;
using Islet.Aspire.Terminals;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Islet.Aspire.Tests;

/// <summary>Processes in a micro-VM, started by the command for a container engine: `ENGINE exec -it CONTAINER …`.</summary>
public sealed class TerminalTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();

    [Fact]
    public async Task A_REPL_of_an_integration_talks_to_the_server_from_inside()
    {
        _builder.AddRedis("cache").WithRepl();
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitUntilHealthyAsync("cache");
        ExecuteCommandResult opened = await app.CommandAsync("cache", "repl");
        Assert.True(opened.Success, opened.Message);

        // Clients from the host have another address than clients from inside.
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync((await app.ConnectionStringAsync("cache"))!);
        while (!(await connection.GetDatabase().ExecuteAsync("CLIENT", "LIST"))
            .ToString().Contains(" addr=127.0.0.1:", StringComparison.Ordinal))
            await Task.Delay(100, TestApplication.Cancellation);
    }

    [Fact]
    public async Task A_shell_in_Aspires_terminal_is_in_the_container_and_has_the_terminals_size()
    {
        TestApplication.AddSleeper(_builder, "box");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Running);
        TerminalService terminals = app.App.Services.GetRequiredService<TerminalService>();
        await using AspireTerminal terminal = terminals.CreateTerminal(new TerminalLaunchOptions
        {
            Title = "box", Executable = await ProgramAsync(app),
            Arguments = ["exec", "-it", app.Property("box", "container.id")!, "/bin/sh"],
            Columns = 101, Rows = 31, Placement = TerminalPlacement.None,
        });
        terminal.Start();
        await terminal.SendTextAsync("echo \"$TERM in $(hostname | wc -l) of $(stty size)\"\r", TestApplication.Cancellation);
        await terminal.WaitForTextAsync("xterm in 1 of 31 101", TimeSpan.FromMinutes(5), TestApplication.Cancellation);
    }

    [Fact]
    public async Task A_terminal_on_the_host_passes_its_changes_of_size_on_and_is_left_as_it_was()
    {
        TestApplication.AddSleeper(_builder, "box");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Running);
        (int exitCode, string output, _) = await RunAsync(
            "python3", ["-c", Terminal, await ProgramAsync(app), app.Property("box", "container.id")!], "");
        Assert.True(exitCode == 0, output);
        Assert.EndsWith("7 24 80 40 120 unchanged\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_input_output_errors_and_exit_code_are_passed_on_each_by_itself()
    {
        TestApplication.AddSleeper(_builder, "box");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Running);
        string[] command = ["exec", "-i", "-w", "/usr", "-e", "NAME=value", app.Property("box", "container.id")!];
        Assert.Equal(
            (9, "typed/usr value\n", "oops\n"),
            await RunAsync(await ProgramAsync(app), [.. command, "/bin/sh", "-c", "cat; echo $PWD $NAME; echo oops >&2; exit 9"], "typed"));

        (int exitCode, string output, string error) = await RunAsync(await ProgramAsync(app), [.. command, "no-such-program"], "");
        Assert.Equal((126, ""), (exitCode, output));
        Assert.Contains("no-such-program", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_has_a_shell_of_its_own()
    {
        TestApplication.AddSleeper(_builder, "box");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Running);
        Assert.True((await app.CommandAsync("box", MicroVmCommands.Fork)).Success);
        await app.WaitForStateAsync("box-fork-1", KnownResourceStates.Running);
        foreach (string name in (string[])["box", "box-fork-1"])
        {
            string id = app.Property(name, "container.id")!;
            Assert.Equal((0, id + "\n", ""), await RunAsync(await ProgramAsync(app), ["exec", id, "cat", "/etc/machine-id"], ""));
        }

        Assert.True((await app.CommandAsync("box-fork-1", MicroVmCommands.Shell)).Success);
    }

    [Fact]
    public async Task A_container_of_the_engine_is_left_to_the_engine()
    {
        var bridge = new ExecBridge("/no/such/engine,/bin/echo", static _ => null);
        string program = bridge.Program;
        await using (bridge)
            Assert.Equal((0, "exec -i --env=A=1 theirs /bin/sh\n", ""), await RunAsync(
                program, ["exec", "-i", "--env=A=1", "theirs", "/bin/sh"], ""));
        Assert.False(File.Exists(program));
    }

    // Opens a terminal of 24 lines and 80 columns, in which the program runs a shell, and enlarges it. Prints the shell's exit code and the
    // sizes.
    private const string Terminal = """
        import fcntl, os, pty, re, select, struct, subprocess, sys, termios
        host, inner = pty.openpty()
        def resize(rows, columns): fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        resize(24, 80)
        before = termios.tcgetattr(inner)
        def own(): os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        command = [sys.argv[1], 'exec', '-it', sys.argv[2], '/bin/sh']
        shell = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, preexec_fn=own)
        seen = b''
        def size():
            global seen
            while True:
                os.write(host, b'stty size\n')
                for _ in range(20):
                    if select.select([host], [], [], 0.1)[0]: seen += os.read(host, 4096)
                    found = re.search(rb'\n(\d+ \d+)\r', seen)
                    if found:
                        seen = b''
                        return found.group(1).decode()
        first = size()
        resize(40, 120)
        second = first
        while second == first: second = size()
        os.write(host, b'exit 7\n')
        print(shell.wait(), first, second, 'unchanged' if termios.tcgetattr(inner) == before else 'changed')
        """;

    private static async Task<string> ProgramAsync(TestApplication app) =>
        (await app.App.Services
            .GetRequiredService<IContainerRuntimeResolver>().ResolveAsync(TestApplication.Cancellation)).Name.ToLowerInvariant();

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, string[] arguments, string input)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestApplication.Cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(TestApplication.Cancellation);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestApplication.Cancellation);
        return (process.ExitCode, await output, await error);
    }
}
