using System.Net.Sockets;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Checkpoints, forks and roll-backs of a container.</summary>
public sealed class CheckpointTests
{
    private const int Port = 8080;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Containers_start_in_the_checkpoints_state_and_go_their_own_ways(bool knownAhead)
    {
        await using Container original = await (knownAhead ? TestRuntime.Idle.WithCheckpoints() : TestRuntime.Idle).StartTestAsync();
        await original.RunAsync("echo disk > /root/state; echo memory > /dev/shm/state");

        await using Checkpoint checkpoint = await original.CheckpointAsync(Cancelled);
        await original.RunAsync("echo later > /root/state; echo later > /dev/shm/state");
        await using Container first = await checkpoint.ForkAsync(Cancelled);
        await using Container second = await checkpoint.ForkAsync(Cancelled);
        await first.RunAsync("echo first > /root/state; echo first > /dev/shm/state");

        Assert.Equal("later later", await StateAsync(original));
        Assert.Equal("first first", await StateAsync(first));
        Assert.Equal("disk memory", await StateAsync(second));
        Assert.Equal(ContainerState.Running, original.State);
    }

    [Fact]
    public async Task A_fork_of_a_fork_stands_on_both()
    {
        await using Container original = await TestRuntime.Idle.WithCheckpoints().StartTestAsync();
        await original.RunAsync("echo 1 > /root/one");
        await using Container fork = await original.ForkAsync(Cancelled);
        await original.DisposeAsync();
        await fork.RunAsync("echo 2 > /root/two");
        await using Container second = await fork.ForkAsync(Cancelled);
        await fork.DisposeAsync();

        Assert.Equal("1\n2", await second.RunAsync("cat /root/one /root/two"));
    }

    [Fact]
    public async Task A_roll_back_undoes_everything_and_keeps_the_published_port()
    {
        await using Container container = await EchoServer().WithCheckpoints().StartTestAsync();
        await container.RunAsync("echo before > /root/state; echo before > /dev/shm/state");
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        int port = container.GetPort(Port);
        string hostname = container.ContainerHostname, identity = await IdentityAsync(container);

        for (int round = 0; round < 3; round++)
        {
            await container.RunAsync("echo after > /root/state; rm /dev/shm/state; kill -9 -1 2>/dev/null || true");
            await container.RollBackAsync(checkpoint, Cancelled);

            Assert.Equal("before before", await StateAsync(container));
            Assert.Equal(port, container.GetPort(Port));
            Assert.Equal("hello", await EchoAsync(port, "hello"));
            Assert.Equal(hostname, container.ContainerHostname);
            Assert.Equal(identity, await IdentityAsync(container));
        }
    }

    [Fact]
    public async Task A_container_that_has_stopped_runs_again_after_a_roll_back()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done")
            .WaitUntil(Wait.ForLogLine("up")).StartTestAsync();
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        Task<ProcessExit> firstEnd = container.Exited;
        await container.StopAsync(cancellationToken: Cancelled);
        Assert.Equal(3, container.ExitCode);

        await container.RollBackAsync(checkpoint, Cancelled);

        Assert.Equal(ContainerState.Running, container.State);
        Assert.Null(container.ExitCode);
        Assert.NotSame(firstEnd, container.Exited);
        await container.StopAsync(cancellationToken: Cancelled);
        Assert.Equal(3, container.ExitCode);
        Assert.Equal("up\nbye\nbye\n", container.ReadOutput(OutputStreams.Stdout));
    }

    [Fact]
    public async Task A_paused_container_can_be_rolled_back_and_a_container_whose_machine_crashed_too()
    {
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        await container.PauseAsync(Cancelled);
        await container.RollBackAsync(checkpoint, Cancelled);
        Assert.Equal("alive", await container.RunAsync("echo alive"));

        Assert.True(Native.Posix.Signals.Send(container.Machine.ProcessId, Native.Posix.Signals.Kill));
        await Assert.ThrowsAsync<ContainerEndedException>(() => container.Exited.WaitAsync(Cancelled));
        await container.RollBackAsync(checkpoint, Cancelled);
        Assert.Equal("alive", await container.RunAsync("echo alive"));
    }

    [Fact]
    public async Task A_container_that_was_rolled_back_before_its_first_checkpoint_can_be_frozen()
    {
        await using Container first = await TestRuntime.Idle.StartTestAsync();
        await first.RunAsync("echo first > /root/state");
        await using Checkpoint checkpoint = await first.CheckpointAsync(Cancelled);
        await using Container second = await TestRuntime.Idle.WithCheckpoints().WithName("second").StartTestAsync();
        await second.RollBackAsync(checkpoint, Cancelled);
        await using Container fork = await second.ForkAsync(Cancelled);
        Assert.Equal("first", await fork.RunAsync("cat /root/state"));
    }

    [Fact]
    public async Task Clients_are_closed_by_a_checkpoint_and_the_next_ones_are_served_at_the_same_port()
    {
        await using Container container = await EchoServer().WithCheckpoints().StartTestAsync();
        int port = container.GetPort(Port);
        using var client = new TcpClient();
        await client.ConnectAsync(container.Host, port, Cancelled);
        await client.GetStream().WriteAsync("a\n"u8.ToArray(), Cancelled);
        Assert.Equal('a', client.GetStream().ReadByte());

        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        await using Container fork = await checkpoint.ForkAsync(Cancelled);

        // The rest of the echo, then the end.
        byte[] rest = new byte[16];
        Assert.InRange(await ReadToEndAsync(client, rest), 0, 1);
        Assert.Equal("b", await EchoAsync(port, "b"));
        Assert.NotEqual(port, fork.GetPort(Port));
        Assert.Equal("c", await EchoAsync(fork.GetPort(Port), "c"));
    }

    [Fact]
    public async Task No_line_of_the_log_is_lost_or_doubled_and_forks_know_what_was_before()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", "i=0; while :; do i=$((i+1)); echo line $i; done").WithCheckpoints()
            .WaitUntil(Wait.ForLogLine("line 50")).StartTestAsync();
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        await using Container fork = await checkpoint.ForkAsync(Cancelled);
        foreach (Container each in new[] { container, fork })
        {
            await foreach (LogLine line in each.ReadLogsAsync(new LogOptions { Follow = true }, Cancelled))
            {
                if (line.Text == "line 3000")
                    break;
            }

            string[] lines = each.ReadOutput(OutputStreams.Stdout).Split('\n');
            Assert.Equal(Enumerable.Range(1, 3000).Select(n => $"line {n}"), lines.Take(3000));
        }
    }

    [Fact]
    public async Task A_command_in_a_fork_has_the_containers_environment_user_and_directory()
    {
        await using Container container = await TestRuntime.Idle
            .WithEnvironment("COLOUR", "blue").WithUser("daemon").WithWorkingDirectory("/var").StartTestAsync();
        await using Container fork = await container.ForkAsync(Cancelled);
        Assert.Equal("blue daemon /var", await fork.RunAsync("echo $COLOUR $(id -un) $(pwd)"));
    }

    [Fact]
    public async Task A_process_that_was_started_in_the_container_goes_on_without_its_streams()
    {
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        await using ContainerProcess process = await container.StartProcessAsync(
            ["sh", "-c", "while [ ! -e /dev/shm/go ]; do sleep 0.05; done; echo went on > /root/result; sleep 1000"],
            cancellationToken: Cancelled);
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);

        ContainerOperationException cutOff = await Assert.ThrowsAsync<ContainerOperationException>(
            () => process.Exited.WaitAsync(Cancelled));
        Assert.Contains("a checkpoint of it was taken", cutOff.Message, StringComparison.Ordinal);
        Assert.Equal(
            "went on", await container.RunAsync("touch /dev/shm/go; until [ -s /root/result ]; do sleep 0.05; done; cat /root/result"));
    }

    [Fact]
    public async Task A_container_in_another_state_says_which()
    {
        Container container = await TestRuntime.Idle.StartTestAsync();
        await using (container)
        {
            await container.PauseAsync(Cancelled);
            var paused = await Assert.ThrowsAsync<InvalidContainerStateException>(() => container.CheckpointAsync(Cancelled));
            Assert.Contains("Paused", paused.Message, StringComparison.Ordinal);
            Assert.Contains("Running", paused.Message, StringComparison.Ordinal);
            await container.ResumeAsync(Cancelled);
        }

        var deleted = await Assert.ThrowsAsync<ContainerEndedException>(() => container.CheckpointAsync(Cancelled));
        Assert.Contains("was disposed", deleted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_is_not_rolled_back_to_the_checkpoint_of_another_machine()
    {
        await using Container small = await TestRuntime.Idle.StartTestAsync();
        await using Container large = await TestRuntime.Idle.WithMemory(MemorySize.FromMebibytes(160)).StartTestAsync();
        await using Checkpoint checkpoint = await small.CheckpointAsync(Cancelled);
        await Assert.ThrowsAsync<ArgumentException>(() => large.RollBackAsync(checkpoint, Cancelled));
        Assert.Equal("alive", await large.RunAsync("echo alive"));
    }

    private static ContainerBuilder EchoServer() => TestRuntime.Idle
        .WithCommand("busybox", "nc", "-ll", "-p", "8080", "-e", "cat").WithPort(Port);

    private static Task<string> StateAsync(Container container) => container.RunAsync("echo $(cat /root/state) $(cat /dev/shm/state)");

    private static Task<string> IdentityAsync(Container container) =>
        container.RunAsync("hostname; cat /etc/hostname /etc/machine-id /sys/class/net/eth0/address");

    private static async Task<int> ReadToEndAsync(TcpClient client, byte[] buffer)
    {
        try
        {
            int total = 0;
            while (await client.GetStream().ReadAsync(buffer.AsMemory(total), Cancelled) is > 0 and int count)
                total += count;
            return total;
        }
        catch (IOException)
        {
            return 0; // reset, because the server had not closed it in time
        }
    }

    private static async Task<string?> EchoAsync(int port, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, Cancelled);
        await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        using var reader = new StreamReader(client.GetStream());
        await writer.WriteAsync(text + "\n");
        return await reader.ReadLineAsync(Cancelled);
    }
}
