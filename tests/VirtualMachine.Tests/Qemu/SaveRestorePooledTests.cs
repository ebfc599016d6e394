using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

[Collection("Machines")]
public sealed class SaveRestorePooledTests(SaveRestoreFixture qemu) : IClassFixture<SaveRestoreFixture>
{
    private static CancellationToken Cancellation => QemuFixture.Cancellation;

    [Fact]
    public async Task StartAsync_gives_the_waiting_machine_its_disk_and_lets_it_run()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string image = qemu.NewPath("image");
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        await using IPreparedMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        await using var machine = (QemuVirtualMachine)await pooled.StartAsync(image, DiskFormat.Raw, new StartupTimeline(), Cancellation);

        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
        Assert.Equal("running", await machine.QueryStatusAsync(Cancellation));
        Assert.Contains(image, (await machine.Monitor.ExecuteAsync("query-block", cancellationToken: Cancellation)).GetRawText(), StringComparison.Ordinal);
        Assert.Contains(machine.DiskPath, Directory.GetFiles(machine.Directory.Path));
        Assert.DoesNotContain(machine.Directory.PlaceholderDisk, Directory.GetFiles(machine.Directory.Path));
    }

    [Fact]
    public async Task StartAsync_can_be_called_once()
    {
        SavedMachine saved = await qemu.SavedAsync();
        await using IPreparedMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);
        await using IVirtualMachine machine = await pooled.StartAsync(null, DiskFormat.Raw, new StartupTimeline(), Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => pooled.StartAsync(null, DiskFormat.Raw, new StartupTimeline(), Cancellation).AsTask());
        await pooled.DisposeAsync();

        Assert.False(machine.Exited.IsCompleted);
    }

    [Fact]
    public async Task StartAsync_disk_that_is_missing_fails_and_leaves_nothing()
    {
        SavedMachine saved = await qemu.SavedAsync();
        await using IPreparedMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        await Assert.ThrowsAsync<StorageException>(
            () => pooled.StartAsync(qemu.NewPath("nothing"), DiskFormat.Raw, new StartupTimeline(), Cancellation).AsTask());

        Assert.Empty(qemu.Leftovers());
    }

    [Fact]
    public async Task RehearseAsync_runs_with_a_stand_in_that_is_gone_when_the_machine_gets_its_disk()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string rehearsed = qemu.NewPath("rehearsed"), image = qemu.NewPath("image");
        await File.WriteAllBytesAsync(rehearsed, new byte[1 << 20], Cancellation);
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        await using IPreparedMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        string release = "";
        await pooled.RehearseAsync(
            rehearsed, DiskFormat.Raw, async (channel, _) => release = (await QemuFixture.GetInfoAsync(channel)).KernelRelease, Cancellation);
        await using var machine = (QemuVirtualMachine)await pooled.StartAsync(image, DiskFormat.Raw, new StartupTimeline(), Cancellation);

        Assert.Equal(release, (await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
        string disks = (await machine.Monitor.ExecuteAsync("query-block", cancellationToken: Cancellation)).GetRawText();
        Assert.Contains(image, disks, StringComparison.Ordinal);
        Assert.DoesNotContain(rehearsed, disks, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Directory.StandInDisk, Directory.GetFiles(machine.Directory.Path));
    }

    [Fact]
    public async Task RehearseAsync_leaves_the_machine_halted()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string image = qemu.NewPath("image");
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        await using IPreparedMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);
        await pooled.RehearseAsync(image, DiskFormat.Raw, (channel, _) => QemuFixture.GetInfoAsync(channel), Cancellation);

        Assert.Equal("paused", await ((QemuPreparedMachine)pooled).Machine.QueryStatusAsync(Cancellation));
    }

    [Fact]
    public async Task RehearseAsync_that_fails_leaves_nothing_once_the_machine_is_disposed()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string image = qemu.NewPath("image");
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        IPreparedMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        await Assert.ThrowsAsync<IOException>(
            () => pooled.RehearseAsync(image, DiskFormat.Raw, (_, _) => throw new IOException("no"), Cancellation).AsTask());
        await pooled.DisposeAsync();

        Assert.Empty(qemu.Leftovers());
    }

    [Fact]
    public async Task DisposeAsync_unused_leaves_nothing()
    {
        SavedMachine saved = await qemu.SavedAsync();
        IPreparedMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);
        Assert.NotEmpty(qemu.Leftovers());

        await pooled.DisposeAsync();
        await pooled.DisposeAsync();

        Assert.Empty(qemu.Leftovers());
        Assert.False((await pooled.Exited).Crashed);
    }
}
