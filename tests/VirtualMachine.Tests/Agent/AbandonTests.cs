using Grpc.Core;
using Islet.Protocol.Agent;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Agent;

/// <summary>A machine whose container is abandoned, so that another can follow.</summary>
[Collection("Machines")]
public sealed class AbandonTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    private static CancellationToken Cancelled => QemuFixture.Cancellation;

    [Fact]
    public async Task Another_container_finds_nothing_of_the_one_before_but_the_disk()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.RunAsync("writer", "echo before > /written; while :; do :; done");
        Assert.Equal("before\n", await machine.AskAsync("until test -s /written; do :; done; cat /written"));

        await machine.Agent.AbandonAsync(Cancelled);
        BootstrapRequest another = AgentMachine.Request();
        another.Network.Hostname = "another";
        another.MachineId = "";
        await machine.Agent.BootstrapAsync(another, Cancelled);

        Assert.Equal("before\nanother\n", await machine.AskAsync("cat /written; hostname"));
        Assert.Equal(1u, (await machine.Agent.GetStatisticsAsync(Cancelled)).Pids);
    }

    [Fact]
    public async Task A_container_whose_program_is_missing_can_be_abandoned()
    {
        await using AgentMachine machine = await AgentMachine.BootAsync(qemu, await AgentMachine.DiskAsync());
        BootstrapRequest failing = AgentMachine.Request();
        failing.Process.Arguments[0] = "/nothing";
        for (int round = 0; round < 3; round++)
        {
            await Assert.ThrowsAsync<AgentException>(() => machine.Agent.BootstrapAsync(failing, Cancelled));
            await machine.Agent.AbandonAsync(Cancelled);
        }

        await machine.Agent.BootstrapAsync(AgentMachine.Request(), Cancelled);
        Assert.Equal("original\n", await machine.AskAsync("hostname"));
    }

    [Fact]
    public async Task A_machine_without_a_container_has_nothing_to_abandon()
    {
        await using AgentMachine machine = await AgentMachine.BootAsync(qemu, await AgentMachine.DiskAsync());
        await machine.Agent.AbandonAsync(Cancelled);
        await machine.Agent.BootstrapAsync(AgentMachine.Request(), Cancelled);
        Assert.Equal("original\n", await machine.AskAsync("hostname"));
    }

    [Fact]
    public async Task A_frozen_container_is_not_abandoned()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.Agent.QuiesceAsync(Cancelled);

        AgentException refused = await Assert.ThrowsAsync<AgentException>(() => machine.Agent.AbandonAsync(Cancelled));
        Assert.Equal(StatusCode.FailedPrecondition, refused.Code);

        await machine.Agent.RenewAsync(new RenewRequest { Entropy = AgentMachine.Entropy() }, Cancelled);
        Assert.Equal("original\n", await machine.AskAsync("hostname"));
    }
}
