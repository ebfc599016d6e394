using Islet.Protocol.Agent;
using Islet.VirtualMachine.Tests.Qemu;
using Islet.VirtualMachines;

namespace Islet.VirtualMachine.Tests.Agent;

/// <summary>A machine that, before it has a container, gets the settings that all its clones share.</summary>
[Collection("Machines")]
public sealed class PreparedMachineTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    private const string Everything =
        "sort /proc/net/route; busybox ifconfig eth0 | grep -E 'HWaddr|inet'; cat /proc/net/fib_trie; cat /sys/fs/cgroup/memory.max";

    private static CancellationToken Cancelled => QemuFixture.Cancellation;

    [Fact]
    public async Task A_container_has_what_its_own_request_says_and_nothing_of_the_one_before()
    {
        string disk = await AgentMachine.DiskAsync();
        string? expected = null;
        foreach (BootstrapRequest? before in (BootstrapRequest?[])[null, Online(), new BootstrapRequest { Network = Online().Network },
            Elsewhere()])
        {
            await using AgentMachine machine = await AgentMachine.BootAsync(qemu, disk);
            if (before is not null)
                Assert.Equal(0, (await machine.Agent.BootstrapAsync(WithoutContainer(before), Cancelled)).Pid);
            await machine.Agent.BootstrapAsync(Online(), Cancelled);

            string found = await machine.AskAsync(Everything);
            expected ??= found;
            Assert.Equal(expected, found);
            Assert.Contains("02:00:00:00:00:77", found, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task A_container_without_a_way_out_gets_none_from_a_prepared_machine()
    {
        string disk = await AgentMachine.DiskAsync();
        string? expected = null;
        foreach (bool prepared in (bool[])[false, true])
        {
            await using AgentMachine machine = await AgentMachine.BootAsync(qemu, disk);
            if (prepared)
                await machine.Agent.BootstrapAsync(WithoutContainer(Online()), Cancelled);
            BootstrapRequest offline = Online();
            offline.Network.Links[0].Gateway = "";
            offline.Network.BlockedAddresses.Add("10.0.2.3/32");
            await machine.Agent.BootstrapAsync(offline, Cancelled);

            string found = await machine.AskAsync(Everything);
            expected ??= found;
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public async Task A_clone_finds_its_own_disk_in_the_place_of_the_one_it_was_frozen_with()
    {
        await using AgentMachine template = await AgentMachine.BootAsync(qemu);
        await template.Agent.BootstrapAsync(WithoutContainer(Online()), Cancelled);
        (SavedMachine saved, _) = await template.SaveAsync(qemu);

        await using AgentMachine clone = await AgentMachine.RestoreAsync(qemu, saved, new DiskImage(await AgentMachine.DiskAsync()));
        await clone.Agent.BootstrapAsync(Online(), Cancelled);

        Assert.Contains("Debian", await clone.AskAsync("cat /etc/os-release"), StringComparison.Ordinal);
        Assert.Equal("original\n", await clone.AskAsync("hostname"));
    }

    private static BootstrapRequest Online()
    {
        BootstrapRequest request = AgentMachine.Request();
        request.Network.Links[0].Mac = "02:00:00:00:00:77";
        request.Network.Links[0].Gateway = "10.0.2.2";
        request.Network.BlockedAddresses.Add(["10.0.2.2/32", "169.254.0.0/16"]);
        request.Resources = new Resources { MemoryBytes = 64 << 20, Pids = 50, Cpus = 0.5 };
        return request;
    }

    private static BootstrapRequest Elsewhere()
    {
        BootstrapRequest request = AgentMachine.Request();
        request.Network.Links[0].Mac = "02:00:00:00:00:88";
        request.Network.Links[0].Address = "192.168.7.9/16";
        request.Network.Links[0].Gateway = "192.168.1.1";
        request.Network.BlockedAddresses.Add(["172.16.0.0/12", "169.254.0.0/16"]);
        request.Resources = new Resources { MemoryBytes = 32 << 20, Cpus = 0.25 };
        return request;
    }

    private static BootstrapRequest WithoutContainer(BootstrapRequest request)
    {
        BootstrapRequest prepared = request.Clone();
        prepared.Root = null;
        prepared.Process = null;
        return prepared;
    }
}
