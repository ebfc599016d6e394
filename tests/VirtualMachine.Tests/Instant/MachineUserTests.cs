using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>The user that runs a container's QEMU where the tests run as root.</summary>
public sealed class MachineUserTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_gives_up_root_however_it_came_to_be()
    {
        UnprivilegedUser user = RequireUser();
        await using Container original = await TestRuntime.Idle.WithCheckpoints().StartTestAsync();
        AssertRunsAs(user, original);
        await original.RunAsync("echo kept > /root/state");
        await using Checkpoint checkpoint = await original.CheckpointAsync(Cancelled);

        await using Container fork = await checkpoint.ForkAsync(Cancelled);
        AssertRunsAs(user, fork);
        await using Container forkOfFork = await fork.ForkAsync(Cancelled);
        AssertRunsAs(user, forkOfFork);
        Assert.Equal("kept", await forkOfFork.RunAsync("cat /root/state"));

        await original.RunAsync("rm /root/state");
        await original.RollBackAsync(checkpoint, Cancelled);
        AssertRunsAs(user, original);
        Assert.Equal("kept", await original.RunAsync("cat /root/state"));
    }

    [Fact]
    public async Task A_machine_whose_memory_has_no_file_gives_up_root_and_can_be_saved()
    {
        UnprivilegedUser user = RequireUser();
        await using Container original = await TestRuntime.Idle.StartTestAsync();
        AssertRunsAs(user, original);

        await using Container fork = await original.ForkAsync(Cancelled);
        AssertRunsAs(user, fork);
    }

    private static UnprivilegedUser RequireUser()
    {
        TestRuntime.RequireMachines();
        Assert.SkipWhen(UnprivilegedUser.OfMachines is null, "Only root of the host, with its capabilities, has anything to give up.");
        return UnprivilegedUser.OfMachines!;
    }

    private static void AssertRunsAs(UnprivilegedUser user, Container container)
    {
        Dictionary<string, string[]> status = File.ReadLines($"/proc/{container.Machine.ProcessId}/status")
            .Select(line => line.Split([':', '\t', ' '], StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(words => words[0], words => words[1..]);

        Assert.All(status["Uid"], id => Assert.Equal($"{user.UserId}", id));
        Assert.All(status["Gid"], id => Assert.Equal($"{user.GroupId}", id));
        Assert.All(status["Groups"], id => Assert.Equal($"{user.GroupId}", id));
        foreach (string capabilities in new[] { "CapInh", "CapPrm", "CapEff", "CapAmb" })
            Assert.Equal("0000000000000000", Assert.Single(status[capabilities]));
    }
}
