using System.Text;
using Islet.Protocol.Agent;
using Islet.VirtualMachine.Tests.Qemu;
using Islet.VirtualMachines;

namespace Islet.VirtualMachine.Tests.Agent;

/// <summary>A running container that is saved with its machine, and restored twice.</summary>
[Collection("Machines")]
public sealed class SavedContainerTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    private const int MoreThanEveryBuffer = 1_000_000;
    private const int Draws = 8;

    private static CancellationToken Cancelled => QemuFixture.Cancellation;

    [Theory]
    [InlineData("busybox seq 1 100000000")] // as fast as it can, in blocks that end anywhere
    [InlineData("i=0; while :; do i=$((i+1)); echo $i; done")]
    [InlineData("mkdir /cg/own; echo $$ > /cg/own/cgroup.procs; exec busybox seq 1 100000000")]
    public async Task What_a_process_writes_reaches_the_host_without_a_gap_or_a_double_in_each_clone(string script)
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(
            qemu, request => request.Mounts.Add(new MountSpec { Type = "cgroup2", Target = "/cg" }));
        await machine.RunAsync("writer", script);
        var lines = new NumberedLines();
        GuestStream output = await machine.OpenOutputAsync("writer");
        await lines.ReadAsync(output, 20_000);

        Task rest = lines.ReadToEndAsync(output);
        await machine.Agent.QuiesceAsync(Cancelled);
        await rest;

        (SavedMachine Saved, string Disk) saved = await machine.SaveAsync(qemu);
        await AssertContinuesAsync(saved, lines, script.Contains("while", StringComparison.Ordinal) ? 50_000 : MoreThanEveryBuffer);
        await AssertContinuesAsync(saved, lines, 50_000);
    }

    [Fact]
    public async Task What_a_host_that_does_not_read_has_no_room_for_waits_in_the_machine()
    {
        const int Window = 256 * 1024;
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.RunAsync("writer", "echo $$ > /writer; exec busybox seq 1 100000000");
        GuestStream output = await machine.OpenOutputAsync("writer");

        // The writer sleeps when its pipe is full; once it stays asleep, its pipe is not emptied any more.
        await machine.AskAsync(
            "n=0; while [ $n -lt 10 ]; do busybox usleep 10000; if grep -q '^State:.S' /proc/$(cat /writer)/status; then n=$((n+1)); "
            + "else n=0; fi; done");
        await machine.Agent.QuiesceAsync(Cancelled);
        var lines = new NumberedLines();
        await lines.ReadToEndAsync(output);

        // The frames around the bytes are in the window, too.
        Assert.InRange(lines.Length, Window - 1024, Window);

        await AssertContinuesAsync(await machine.SaveAsync(qemu), lines, MoreThanEveryBuffer);
    }

    [Fact]
    public async Task Two_clones_draw_different_random_bytes_and_see_their_own_name_from_the_first_on()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);

        // The name is read first: a line with a clone's name has bytes that were drawn after the clone got its name.
        await machine.RunAsync(
            "dice", "while :; do name=$(hostname); echo $name $(busybox head -c 16 /dev/urandom | busybox od -An -tx1); done");
        GuestStream output = await machine.OpenOutputAsync("dice");
        List<string> before = await ReadLinesAsync(output, 3);
        await machine.Agent.QuiesceAsync(Cancelled);
        using (var rest = new StreamReader(output))
            await rest.ReadToEndAsync(Cancelled);
        (SavedMachine Saved, string Disk) saved = await machine.SaveAsync(qemu);

        List<string> first = await DrawAsync(saved, "first"), second = await DrawAsync(saved, "second");

        Assert.All(before, line => Assert.StartsWith("original ", line, StringComparison.Ordinal));
        Assert.Equal(2 * Draws, first.Concat(second).Distinct().Count());
    }

    [Fact]
    public async Task A_clone_stands_still_until_Renew_whoever_asks_before()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.RunAsync("busy", "while :; do :; done");
        await machine.Agent.QuiesceAsync(Cancelled);
        ulong used = (await machine.Agent.GetStatisticsAsync(Cancelled)).CpuUsageMicroseconds;

        await using AgentMachine clone = await AgentMachine.RestoreAsync(qemu, await machine.SaveAsync(qemu));

        await Assert.ThrowsAsync<AgentException>(() => clone.RunAsync("late", "true"));
        Assert.Equal(used, (await clone.Agent.GetStatisticsAsync(Cancelled)).CpuUsageMicroseconds);
        await clone.Agent.RenewAsync(new RenewRequest { Entropy = AgentMachine.Entropy() }, Cancelled);
        Assert.Equal("original\n", await clone.AskAsync("hostname"));
    }

    [Fact]
    public async Task What_the_host_has_written_before_the_freeze_is_read_by_the_process_in_each_clone()
    {
        await using AgentMachine machine = await AgentMachine.StartAsync(qemu);
        await machine.Agent.CreateProcessAsync(
            new ProcessSpec { Id = "reader", Stdin = true, Arguments = { "sh", "-c", "while read line; do echo got $line; done" } },
            Cancelled);
        GuestStream input = await machine.Agent.OpenStdioAsync("reader", StdioStream.Types.Channel.Stdin, Cancelled);
        await machine.Agent.QuiesceAsync(Cancelled);
        await input.WriteAsync("early\n"u8.ToArray(), Cancelled);

        // An answer on the same channel shows that earlier output has arrived.
        await machine.Agent.GetInfoAsync(Cancelled);
        (SavedMachine Saved, string Disk) saved = await machine.SaveAsync(qemu);

        foreach (string word in (string[])["one", "two"])
        {
            await using AgentMachine clone = await AgentMachine.RestoreAsync(qemu, saved);
            await clone.Agent.RenewAsync(new RenewRequest { Entropy = AgentMachine.Entropy() }, Cancelled);
            await using GuestStream more = await clone.Agent.OpenStdioAsync("reader", StdioStream.Types.Channel.Stdin, Cancelled);
            await more.WriteAsync(Encoding.ASCII.GetBytes(word + "\n"), Cancelled);
            await more.CompleteWritesAsync(Cancelled);
            await using GuestStream output = await clone.OpenOutputAsync("reader");
            using var reader = new StreamReader(output);
            Assert.Equal($"got early\ngot {word}\n", await reader.ReadToEndAsync(Cancelled));
        }
    }

    private async Task AssertContinuesAsync((SavedMachine Saved, string Disk) saved, NumberedLines before, int count)
    {
        await using AgentMachine clone = await AgentMachine.RestoreAsync(qemu, saved);
        NumberedLines lines = before.Copy();
        await using GuestStream output = await clone.OpenOutputAsync("writer");
        await clone.Agent.RenewAsync(new RenewRequest { Entropy = AgentMachine.Entropy() }, Cancelled);
        await lines.ReadAsync(output, count);
        lines.AssertGapless();
    }

    private async Task<List<string>> DrawAsync((SavedMachine Saved, string Disk) saved, string name)
    {
        await using AgentMachine clone = await AgentMachine.RestoreAsync(qemu, saved);
        await clone.Agent.RenewAsync(new RenewRequest { Entropy = AgentMachine.Entropy(), Hostname = name }, Cancelled);
        await using GuestStream output = await clone.OpenOutputAsync("dice");
        List<string> lines = await ReadLinesAsync(output, Draws + 2);

        // At most the line that was being written has the earlier name.
        List<string> own = [.. lines.Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))];
        Assert.InRange(own.Count, Draws + 1, Draws + 2);
        return [.. own.Take(Draws).Select(line => line[(name.Length + 1)..])];
    }

    private static async Task<List<string>> ReadLinesAsync(GuestStream output, int count)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (text.ToString().Count(c => c == '\n') < count)
        {
            int read = await output.ReadAsync(buffer, Cancelled);
            Assert.NotEqual(0, read);
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return [.. text.ToString().Split('\n').Take(count)];
    }
}
