namespace Islet.VirtualMachine.Tests.Faults;

/// <summary>Processes that read nothing of what many streams send them.</summary>
public sealed class UnreadInputTests
{
    private const int Processes = 200;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_of_it_than_the_agent_can_keep_costs_streams_and_not_the_machine()
    {
        TestRuntime.RequireMachines();
        await using Container container = await TestRuntime.Idle.StartAsync(TestRuntime.Instance, Cancelled);
        List<ContainerProcess> processes = [];
        for (int i = 0; i < Processes; i++)
            processes.Add(await container.StartProcessAsync(["sleep", "1000"], cancellationToken: Cancelled));

        // Each pipe takes 64 KiB, and each stream has 256 KiB under way.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        List<Task> writes = [.. processes.Select(process => process.Stdin!.WriteAsync(new byte[1 << 20], enough.Token).AsTask())];
        Task first = await Task.WhenAny(writes).WaitAsync(TimeSpan.FromMinutes(2), Cancelled);
        IOException error = await Assert.ThrowsAsync<IOException>(() => first);
        Assert.Contains("no more than 16 MiB", error.Message, StringComparison.Ordinal);
        for (int i = 0; i < 5; i++)
            Assert.Equal("here\n", (await container.ExecAsync(["echo", "here"], cancellationToken: Cancelled)).Stdout);
        Assert.InRange(writes.Count(write => !write.IsCompleted), 30, Processes - 1);

        await enough.CancelAsync();
        foreach (Task write in writes)
            await Assert.ThrowsAnyAsync<Exception>(() => write);
        await Task.WhenAll(processes.Select(process => process.DisposeAsync().AsTask()));
        ExecResult result = await container.ExecAsync(
            ["cat"], new ExecOptions { Stdin = new MemoryStream(new byte[3_000_000]), Stdout = Stream.Null }, Cancelled);
        Assert.Equal(0, result.ExitCode);
    }
}
