namespace Islet.VirtualMachine.Tests.Parity;

public sealed class PortTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_random_ports_are_all_others_and_all_answer_also_after_a_restart_and_a_pause()
    {
        await using Container container = await TestRuntime.Idle
            .WithCommand("sh", "-c", $"(echo 7001 > /tmp/first; {EchoServer.Command(7001)}) & {EchoServer.Command(7002)}")
            .WithPort(7001).WithPort(7002).StartTestAsync();
        int first = container.GetPort(7001), second = container.GetPort(7002);
        Assert.NotEqual(first, second);
        Assert.Equal([(7001, first), (7002, second)], container.Ports.Select(port => (port.ContainerPort, port.HostPort)).Order());
        await AskBothAsync(container);

        await container.RestartAsync(TimeSpan.Zero, cancellationToken: Cancelled);
        Assert.Equal((first, second), (container.GetPort(7001), container.GetPort(7002)));
        await AskBothAsync(container);

        // A client of a paused container is not refused: it waits until the container is resumed.
        await container.PauseAsync(Cancelled);
        Task<string> waiting = EchoServer.AskAsync(container, 7001, "while paused", Cancelled);
        Assert.False(waiting.IsCompleted);
        await container.ResumeAsync(Cancelled);
        Assert.Equal("while paused", await waiting);
    }

    private static async Task AskBothAsync(Container container)
    {
        Assert.Equal("one", await EchoServer.AskAsync(container, 7001, "one", Cancelled));
        Assert.Equal("two", await EchoServer.AskAsync(container, 7002, "two", Cancelled));
    }
}
