using Grpc.Core;
using Islet.Protocol.Agent;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Agent;

/// <summary>A container that is paused, in the machine in which it was started.</summary>
[Collection("Machines")]
public sealed class QuiesceTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    private const string Numbers = "busybox seq 1 100000000";

    private static CancellationToken Cancelled => QemuFixture.Cancellation;

    [Fact]
    public async Task An_empty_Renew_resumes_the_processes_and_no_output_is_lost()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.RunAsync("writer", Numbers);
        var lines = new NumberedLines();
        await using GuestStream before = await machine.OpenOutputAsync("writer");
        await lines.ReadAsync(before, 100_000);

        Task rest = lines.ReadToEndAsync(before);
        await machine.Agent.QuiesceAsync(Cancelled);
        await rest;
        await machine.Agent.RenewAsync(new RenewRequest(), Cancelled);

        await using GuestStream after = await machine.OpenOutputAsync("writer");
        await lines.ReadAsync(after, 500_000);
        lines.AssertGapless();
    }

    [Fact]
    public async Task No_process_runs_until_Renew_and_asking_twice_changes_nothing()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.RunAsync("busy", "while :; do :; done");

        await machine.Agent.QuiesceAsync(Cancelled);
        ulong used = await ProcessorTimeAsync(machine);
        await machine.Agent.QuiesceAsync(Cancelled);
        Assert.Equal(used, await ProcessorTimeAsync(machine));

        await machine.Agent.RenewAsync(new RenewRequest(), Cancelled);
        while (await ProcessorTimeAsync(machine) == used)
            Cancelled.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task Starting_a_process_is_refused_meanwhile()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu, request => request.Start = false);
        await machine.Agent.QuiesceAsync(Cancelled);

        AgentException created = await Assert.ThrowsAsync<AgentException>(() => machine.RunAsync("late", "true"));
        AgentException started = await Assert.ThrowsAsync<AgentException>(() => machine.Agent.StartProcessAsync("init", Cancelled));

        Assert.Equal(StatusCode.FailedPrecondition, created.Code);
        Assert.Equal("the container is paused: Renew comes first", created.Message);
        Assert.Equal(StatusCode.FailedPrecondition, started.Code);

        await machine.Agent.RenewAsync(new RenewRequest(), Cancelled);
        await machine.Agent.StartProcessAsync("init", Cancelled);
        Assert.Equal("runs\n", await machine.AskAsync("echo runs"));
    }

    [Fact]
    public async Task A_process_that_is_killed_meanwhile_ends_and_is_told_of()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.RunAsync("victim", "echo last words; exec sleep infinity");
        await using (GuestStream output = await machine.OpenOutputAsync("victim"))
            Assert.Equal('l', output.ReadByte());
        await machine.Agent.QuiesceAsync(Cancelled);

        await machine.Agent.SignalProcessAsync("victim", 9, Cancelled);
        Protocol.Agent.ProcessExit exit = await machine.Agent.WaitProcessAsync("victim", Cancelled);

        Assert.Equal(9u, exit.Signal);
    }

    [Fact]
    public async Task A_container_whose_process_has_ended_can_be_quiesced_too()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu, request =>
        {
            request.Process.Arguments.Clear();
            request.Process.Arguments.Add(["sh", "-c", "echo done"]);
        });
        await machine.Agent.WaitProcessAsync("init", Cancelled);

        await machine.Agent.QuiesceAsync(Cancelled);

        // Its output outlives it, and the end of the output can be read repeatedly.
        await using GuestStream output = await machine.OpenOutputAsync("init");
        using var reader = new StreamReader(output);
        Assert.Equal("done\n", await reader.ReadToEndAsync(Cancelled));
        await using GuestStream again = await machine.OpenOutputAsync("init");
        Assert.Equal(-1, again.ReadByte());
    }

    [Fact]
    public async Task A_machine_without_a_container_can_not_be_quiesced()
    {
        await using AgentMachine machine = await AgentMachine.BootAsync(qemu);

        AgentException refused = await Assert.ThrowsAsync<AgentException>(() => machine.Agent.QuiesceAsync(Cancelled));

        Assert.Equal(StatusCode.FailedPrecondition, refused.Code);
    }

    [Fact]
    public async Task A_process_that_waits_for_its_disk_fails_the_call_and_everything_continues()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await FreezeDiskAsync(machine, "--freeze");
        await machine.RunAsync("writer", "echo begins; echo late > /file; echo written");
        await using GuestStream output = await machine.OpenOutputAsync("writer");
        using var reader = new StreamReader(output);
        Assert.Equal("begins", await reader.ReadLineAsync(Cancelled));

        // The line above was written before the shell began to sleep in the kernel.
        await machine.AskAsync("until grep -q '^State:.D' /proc/[0-9]*/status; do busybox usleep 1000; done");
        AgentException failed = await Assert.ThrowsAsync<AgentException>(() => machine.Agent.QuiesceAsync(Cancelled));

        Assert.Equal(StatusCode.DeadlineExceeded, failed.Code);
        Assert.Equal("still here\n", await machine.AskAsync("echo still here"));
        await FreezeDiskAsync(machine, "--unfreeze");
        Assert.Equal("written", await reader.ReadLineAsync(Cancelled));
    }

    [Fact]
    public async Task A_Renew_that_fails_leaves_the_processes_paused_and_can_be_repeated()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.Agent.QuiesceAsync(Cancelled);

        await Assert.ThrowsAsync<AgentException>(
            () => machine.Agent.RenewAsync(new RenewRequest { Hostname = new string('x', 65) }, Cancelled));
        AgentException refused = await Assert.ThrowsAsync<AgentException>(() => machine.RunAsync("late", "true"));
        Assert.Equal(StatusCode.FailedPrecondition, refused.Code);

        await machine.Agent.RenewAsync(new RenewRequest { Hostname = "another" }, Cancelled);
        Assert.Equal("another\n", await machine.AskAsync("hostname"));
    }

    // A disk whose writers wait in the kernel.
    private static async Task FreezeDiskAsync(AgentMachine machine, string action)
    {
        var process = new ProcessSpec { Id = "disk" + action, Arguments = { "fsfreeze", action, "/" }, Capabilities = { "CAP_SYS_ADMIN" } };
        await machine.Agent.CreateProcessAsync(process, Cancelled);
        Assert.Equal(0, (await machine.Agent.WaitProcessAsync(process.Id, Cancelled)).ExitCode);
    }

    private static async Task<ulong> ProcessorTimeAsync(AgentMachine machine) =>
        (await machine.Agent.GetStatisticsAsync(Cancelled)).CpuUsageMicroseconds;
}
