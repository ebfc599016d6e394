using Islet.Protocol.Agent;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Agent;

[Collection("Machines")]
public sealed class InheritedEnvironmentTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    [Fact]
    public async Task A_process_has_its_environment_over_that_of_the_first()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(
            qemu, request => request.Process.Environment.Add(["A=first", "B=first"]));
        var spec = new ProcessSpec { Id = "heir", InheritEnvironment = true, Arguments = { "env" }, Environment = { "B=own", "C=own" } };
        await machine.Agent.CreateProcessAsync(spec, QemuFixture.Cancellation);
        await using GuestStream output = await machine.OpenOutputAsync("heir");
        using var reader = new StreamReader(output);
        string[] environment = (await reader.ReadToEndAsync(QemuFixture.Cancellation)).Split('\n');

        Assert.Equal(["A=first", "B=own", "C=own"], environment.Take(3));
        Assert.Contains("HOSTNAME=original", environment);
        Assert.DoesNotContain("A=first", (await machine.AskAsync("env")).Split('\n'));
    }
}
