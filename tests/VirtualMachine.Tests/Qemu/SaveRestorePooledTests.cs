using System.Text.Json;
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
        await using IPooledMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        await using var machine = (QemuVirtualMachine)await pooled.StartAsync(new DiskImage(image), new StartupTimeline(), Cancellation);

        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
        Assert.Equal("running", await machine.QueryStatusAsync(Cancellation));
        Assert.Equal([machine.DiskPath, image], await DiskFilesAsync(machine));
        Assert.Contains(machine.DiskPath, Directory.GetFiles(machine.Directory.Path));
        Assert.DoesNotContain(machine.Directory.PlaceholderDisk, Directory.GetFiles(machine.Directory.Path));
    }

    [Fact]
    public async Task StartAsync_can_be_called_once()
    {
        SavedMachine saved = await qemu.SavedAsync();
        await using IPooledMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);
        await using IVirtualMachine machine = await pooled.StartAsync(null, new StartupTimeline(), Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => pooled.StartAsync(null, new StartupTimeline(), Cancellation).AsTask());
        await pooled.DisposeAsync();

        Assert.False(machine.Exited.IsCompleted);
    }

    [Fact]
    public async Task StartAsync_disk_that_is_missing_fails_and_leaves_nothing()
    {
        SavedMachine saved = await qemu.SavedAsync();
        await using IPooledMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        await Assert.ThrowsAsync<StorageException>(
            () => pooled.StartAsync(new DiskImage(qemu.NewPath("nothing")), new StartupTimeline(), Cancellation).AsTask());

        Assert.Empty(qemu.Leftovers());
    }

    [Fact]
    public async Task RehearseAsync_runs_with_a_stand_in_that_is_gone_when_the_machine_gets_its_disk()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string rehearsed = qemu.NewPath("rehearsed"), image = qemu.NewPath("image");
        await File.WriteAllBytesAsync(rehearsed, new byte[1 << 20], Cancellation);
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        await using IPooledMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        string release = "";
        await pooled.RehearseAsync(
            new DiskImage(rehearsed), async (channel, _) => release = (await QemuFixture.GetInfoAsync(channel)).KernelRelease,
            Cancellation);
        await using var machine = (QemuVirtualMachine)await pooled.StartAsync(new DiskImage(image), new StartupTimeline(), Cancellation);

        Assert.Equal(release, (await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
        Assert.Equal([machine.DiskPath, image], await DiskFilesAsync(machine));
        Assert.DoesNotContain(machine.Directory.StandInDisk, Directory.GetFiles(machine.Directory.Path));
    }

    [Fact]
    public async Task RehearseAsync_leaves_the_machine_halted()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string image = qemu.NewPath("image");
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        await using IPooledMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);
        await pooled.RehearseAsync(new DiskImage(image), (channel, _) => QemuFixture.GetInfoAsync(channel), Cancellation);

        Assert.Equal("paused", await ((QemuPooledMachine)pooled).Machine.QueryStatusAsync(Cancellation));
    }

    [Fact]
    public async Task RehearseAsync_that_fails_leaves_nothing_once_the_machine_is_disposed()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string image = qemu.NewPath("image");
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        IPooledMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        await Assert.ThrowsAsync<IOException>(
            () => pooled.RehearseAsync(new DiskImage(image), (_, _) => throw new IOException("no"), Cancellation).AsTask());
        await pooled.DisposeAsync();

        Assert.Empty(qemu.Leftovers());
    }

    [Fact]
    public async Task DisposeAsync_unused_leaves_nothing()
    {
        SavedMachine saved = await qemu.SavedAsync();
        IPooledMachine pooled = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);
        Assert.NotEmpty(qemu.Leftovers());

        await pooled.DisposeAsync();
        await pooled.DisposeAsync();

        Assert.Empty(qemu.Leftovers());
        Assert.False((await pooled.Exited).Crashed);
    }

    [Fact]
    public async Task StartAsync_gives_a_disk_on_other_machines_disks_with_all_that_lies_below()
    {
        SavedMachine saved = await qemu.SavedAsync();
        string image = qemu.NewPath("image"), first = qemu.NewPath("first.qcow2"), second = qemu.NewPath("second.qcow2");
        await File.WriteAllBytesAsync(image, new byte[1 << 20], Cancellation);
        var below = new DiskImage(first, DiskFormat.Qcow2, new DiskImage(image));
        Qcow2Overlay.Create(first, below.Below);
        Qcow2Overlay.Create(second, below);
        await using IPooledMachine spare = await qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation);

        await using var machine = (QemuVirtualMachine)await spare.StartAsync(
            new DiskImage(second, DiskFormat.Qcow2, below), new StartupTimeline(), Cancellation);

        Assert.Equal([machine.DiskPath, second, first, image], await DiskFilesAsync(machine));
    }

    // QEMU knows the files of its disk by descriptors only.
    private static async Task<List<string>> DiskFilesAsync(QemuVirtualMachine machine)
    {
        JsonElement sets = await machine.Monitor.ExecuteAsync("query-fdsets", cancellationToken: Cancellation);
        Dictionary<string, string> files = sets.EnumerateArray().ToDictionary(
            set => $"/dev/fdset/{set.GetProperty("fdset-id").GetInt32()}",
            set => File.ResolveLinkTarget(
                $"/proc/{machine.ProcessId}/fd/{set.GetProperty("fds")[0].GetProperty("fd").GetInt32()}", false)!.FullName);
        JsonElement disks = await machine.Monitor.ExecuteAsync("query-block", cancellationToken: Cancellation);
        string name = Assert.Single(disks.EnumerateArray()).GetProperty("inserted").GetProperty("file").GetString()!;
        Assert.StartsWith("json:", name, StringComparison.Ordinal);
        using JsonDocument disk = JsonDocument.Parse(name["json:".Length..]);
        List<string> chain = [];
        JsonElement image = disk.RootElement;
        do
        {
            chain.Add(files[image.GetProperty("file").GetProperty("filename").GetString()!]);
        }
        while (image.TryGetProperty("backing", out image));
        return chain;
    }
}
