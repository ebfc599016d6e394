using System.Diagnostics;
using Islet.Agent;
using Islet.Protocol.Agent;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

[Collection("Machines")]
public sealed class SaveRestoreWaitingTests(SaveRestoreFixture qemu) : IClassFixture<SaveRestoreFixture>
{
    private static readonly DateTimeOffset s_laterTime = new(2040, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static CancellationToken Cancellation => QemuFixture.Cancellation;

    [Fact]
    public async Task RestoreAsync_has_what_the_other_wrote_after_this_one_was_spawned()
    {
        await using QemuVirtualMachine other = await StartAsync();
        await using IWaitingMachine waiting = await qemu.Backend.SpawnAsync(qemu.Options(), MemoryOf(other), Cancellation);
        Assert.Equal(0, SaveRestoreFixture.PrivateKibibytesOf(ProcessIdOf(waiting), MemoryOf(other)));

        await new AgentClient(other.Channel).SetClockAsync(s_laterTime, Cancellation);
        SavedMachine saved = await FreezeAndRenameAsync(other);
        await using IVirtualMachine machine = await waiting.RestoreAsync(saved, OptionsOn(other), new StartupTimeline(), Cancellation);

        GetInfoResponse info = await QemuFixture.GetInfoAsync(machine.Channel);
        Assert.Equal(s_laterTime.Year, DateTimeOffset.FromUnixTimeMilliseconds(info.BootTimeUnixNanoseconds / 1_000_000).Year);
        Assert.Contains(
            other.DiskPath,
            (await ((QemuVirtualMachine)machine).Monitor.ExecuteAsync("query-block", cancellationToken: Cancellation)).GetRawText(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task RestoreAsync_after_its_process_was_killed_is_refused_and_the_other_runs_on()
    {
        await using QemuVirtualMachine other = await StartAsync();
        await using IWaitingMachine waiting = await qemu.Backend.SpawnAsync(qemu.Options(), MemoryOf(other), Cancellation);
        using (Process process = Process.GetProcessById(ProcessIdOf(waiting)))
        {
            process.Kill();
            await process.WaitForExitAsync(Cancellation);
        }

        SavedMachine saved = await other.SaveAsync(qemu.NewPath("state"), cancellationToken: Cancellation);
        await Assert.ThrowsAsync<SavedMachineException>(
            () => waiting.RestoreAsync(saved, OptionsOn(other), new StartupTimeline(), Cancellation).AsTask());
        await other.ResumeAsync(Cancellation);

        Assert.NotEmpty((await QemuFixture.GetInfoAsync(other.Channel)).KernelRelease);
    }

    [Fact]
    public async Task RestoreAsync_state_of_another_shape_is_refused()
    {
        await using QemuVirtualMachine other = await StartAsync();
        await using IWaitingMachine waiting = await qemu.Backend.SpawnAsync(qemu.Options(), MemoryOf(other), Cancellation);
        SavedMachine saved = await other.SaveAsync(qemu.NewPath("state"), cancellationToken: Cancellation);

        await Assert.ThrowsAsync<SavedMachineException>(() => waiting.RestoreAsync(
            saved with { Shape = new string('0', 64) }, OptionsOn(other), new StartupTimeline(), Cancellation).AsTask());
    }

    [Fact]
    public async Task DisposeAsync_unused_leaves_nothing()
    {
        SavedMachine saved = await qemu.SavedAsync();
        IWaitingMachine waiting = await qemu.Backend.SpawnAsync(qemu.Options(), saved.MemoryPath, Cancellation);
        Assert.NotEmpty(qemu.Leftovers());

        await waiting.DisposeAsync();
        await waiting.DisposeAsync();

        Assert.Empty(qemu.Leftovers());
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => waiting.RestoreAsync(saved, qemu.Options(), new StartupTimeline(), Cancellation).AsTask());
    }

    [Fact]
    public async Task RestoreAsync_of_one_that_was_spawned_with_its_disk_takes_no_other()
    {
        await using QemuVirtualMachine other = await StartAsync();
        SavedMachine saved = await other.SaveAsync(qemu.NewPath("state"), cancellationToken: Cancellation);
        await using IWaitingMachine waiting = await qemu.Backend.SpawnAsync(OptionsOn(other), saved.MemoryPath, Cancellation);
        await using IWaitingMachine refused = await qemu.Backend.SpawnAsync(OptionsOn(other), saved.MemoryPath, Cancellation);

        await using IVirtualMachine machine = await waiting.RestoreAsync(saved, OptionsOn(other), new StartupTimeline(), Cancellation);
        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
        await Assert.ThrowsAsync<ArgumentException>(
            () => refused.RestoreAsync(saved, qemu.Options(), new StartupTimeline(), Cancellation).AsTask());
    }

    private VirtualMachineOptions OptionsOn(QemuVirtualMachine other) =>
        qemu.Options() with { RootDisk = new DiskImage(other.DiskPath, DiskFormat.Qcow2) };

    private async Task<QemuVirtualMachine> StartAsync()
    {
        VirtualMachineOptions options = qemu.Options() with { MemoryFilePath = qemu.NewPath("memory") };
        return (QemuVirtualMachine)await qemu.Backend.StartAsync(options, new StartupTimeline(), Cancellation);
    }

    // Renames it, as happens to a snapshot that is published under its name.
    private async Task<SavedMachine> FreezeAndRenameAsync(QemuVirtualMachine machine)
    {
        SavedMachine saved = await machine.SaveAsync(qemu.NewPath("state"), cancellationToken: Cancellation);
        string memory = qemu.NewPath("published");
        File.Move(saved.MemoryPath, memory);
        return saved with { MemoryPath = memory };
    }

    private static string MemoryOf(QemuVirtualMachine machine) => machine.OwnMemoryPath!;

    private static int ProcessIdOf(IWaitingMachine waiting) => ((QemuWaitingMachine)waiting).ProcessId;
}
