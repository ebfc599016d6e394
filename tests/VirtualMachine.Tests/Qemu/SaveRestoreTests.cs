using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

[Collection("Machines")]
public sealed class SaveRestoreTests(SaveRestoreFixture qemu) : IClassFixture<SaveRestoreFixture>
{
    private static CancellationToken Cancellation => QemuFixture.Cancellation;

    [Fact]
    public async Task RestoreAsync_returns_a_running_machine_whose_agent_answers()
    {
        SavedMachine saved = await qemu.SavedAsync();
        var timeline = new StartupTimeline();
        await using IVirtualMachine machine = await qemu.Backend.RestoreAsync(
            qemu.Options() with { Name = "another" }, saved, RestoreMode.Private, timeline, Cancellation);

        Assert.Equal("x86_64", (await QemuFixture.GetInfoAsync(machine.Channel)).Machine);
        Assert.Equal([StartupPhases.Spawn, StartupPhases.Load], timeline.Phases.Select(phase => phase.Name));
        Assert.All(timeline.Phases, phase => Assert.NotNull(phase.Duration));
    }

    [Fact]
    public async Task Five_clones_at_once_dirty_their_memory_and_leave_the_saved_one_as_it_was()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string before = await SaveRestoreFixture.HashAsync(saved.MemoryPath);

        QemuVirtualMachine[] clones = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => qemu.RestoreAsync(saved)));
        try
        {
            await Task.WhenAll(clones.Select(async clone =>
            {
                for (int i = 0; i < 20; i++)
                    _ = await QemuFixture.GetInfoAsync(clone.Channel);
            }));
            Assert.All(clones, clone => Assert.InRange(
                SaveRestoreFixture.PrivateKibibytesOf(clone.ProcessId, saved.MemoryPath), 1, long.MaxValue));
        }
        finally
        {
            foreach (QemuVirtualMachine clone in clones)
                await clone.DisposeAsync();
        }

        Assert.Equal(before, await SaveRestoreFixture.HashAsync(saved.MemoryPath));
        Assert.Empty(qemu.Leftovers());
    }

    [Fact]
    public async Task Clone_runs_on_after_the_saved_files_were_deleted()
    {
        SavedMachine saved = await qemu.CopyAsync();
        await using QemuVirtualMachine machine = await qemu.RestoreAsync(saved);

        File.Delete(saved.MemoryPath);
        File.Delete(saved.StatePath);

        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
    }

    [Fact]
    public async Task Frozen_machine_can_be_resumed_and_frozen_again()
    {
        SavedMachine saved = await qemu.CopyAsync();
        VirtualMachineOptions options = qemu.Options() with { MemoryFilePath = saved.MemoryPath };
        await using QemuVirtualMachine machine = await qemu.RestoreAsync(saved, options, RestoreMode.OwnFile);
        string first = qemu.NewPath("state"), second = qemu.NewPath("state");

        _ = await machine.SaveAsync(first, cancellationToken: Cancellation);
        Assert.Equal("postmigrate", await machine.QueryStatusAsync(Cancellation));
        await machine.ResumeAsync(Cancellation);
        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
        SavedMachine again = await machine.SaveAsync(second, cancellationToken: Cancellation);
        await machine.DisposeAsync();

        Assert.Equal(saved.Shape, again.Shape);
        Assert.Equal(saved.MemoryPath, again.MemoryPath);
        await using QemuVirtualMachine clone = await qemu.RestoreAsync(again);
        Assert.NotEmpty((await QemuFixture.GetInfoAsync(clone.Channel)).KernelRelease);
    }

    [Fact]
    public async Task Machine_that_was_paused_when_it_was_frozen_runs_when_it_is_restored()
    {
        SavedMachine saved = await qemu.CopyAsync();
        SavedMachine paused;
        await using (QemuVirtualMachine machine = await qemu.RestoreAsync(
            saved, qemu.Options() with { MemoryFilePath = saved.MemoryPath }, RestoreMode.OwnFile))
        {
            await machine.PauseAsync(Cancellation);
            paused = await machine.SaveAsync(qemu.NewPath("state"), cancellationToken: Cancellation);
        }

        await using QemuVirtualMachine clone = await qemu.RestoreAsync(paused);

        Assert.NotEmpty((await QemuFixture.GetInfoAsync(clone.Channel)).KernelRelease);
    }

    [Fact]
    public async Task Machine_without_a_memory_file_is_frozen_into_one_and_runs_on()
    {
        SavedMachine saved = await qemu.SavedAsync();
        await using QemuVirtualMachine machine = await qemu.RestoreAsync(saved);
        string memory = qemu.NewPath("memory");

        SavedMachine written = await machine.SaveAsync(qemu.NewPath("state"), memory, Cancellation);

        Assert.Equal(memory, written.MemoryPath);
        Assert.Equal(128L << 20, new FileInfo(memory).Length);
        await using (QemuVirtualMachine clone = await qemu.RestoreAsync(written))
            Assert.NotEmpty((await QemuFixture.GetInfoAsync(clone.Channel)).KernelRelease);
        await machine.ResumeAsync(Cancellation);
        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
    }

    [Fact]
    public async Task Frozen_disk_is_whole_and_another_machine_stands_on_it()
    {
        SavedMachine saved = await qemu.CopyAsync();
        string disk = qemu.NewPath("disk");
        SavedMachine frozen;
        await using (QemuVirtualMachine machine = await qemu.RestoreAsync(
            saved, qemu.Options() with { MemoryFilePath = saved.MemoryPath }, RestoreMode.OwnFile))
        {
            frozen = await machine.SaveAsync(qemu.NewPath("state"), cancellationToken: Cancellation);
            File.Move(machine.DiskPath, disk);
        }

        VirtualMachineOptions options = qemu.Options() with { RootDisk = new DiskImage(disk, DiskFormat.Qcow2) };
        QemuVirtualMachine[] clones = await Task.WhenAll(qemu.RestoreAsync(frozen, options), qemu.RestoreAsync(frozen, options));
        try
        {
            foreach (QemuVirtualMachine clone in clones)
                Assert.NotEmpty((await QemuFixture.GetInfoAsync(clone.Channel)).KernelRelease);
        }
        finally
        {
            foreach (QemuVirtualMachine clone in clones)
                await clone.DisposeAsync();
        }
    }

    // The private pages of one mapping: "Private_Dirty:  12 kB" among the lines after the one with its path (proc_pid_smaps(5)).
}
