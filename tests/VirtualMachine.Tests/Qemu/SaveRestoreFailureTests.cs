using System.Diagnostics;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

[Collection("Machines")]
public sealed class SaveRestoreFailureTests(SaveRestoreFixture qemu) : IClassFixture<SaveRestoreFixture>, IAsyncLifetime
{
    private static CancellationToken Cancellation => QemuFixture.Cancellation;

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        // After any failure, nothing may be left of the machine.
        Assert.Empty(qemu.Leftovers());
        return default;
    }

    [Fact]
    public async Task RestoreAsync_other_memory_size_is_another_shape()
    {
        SavedMachine saved = await qemu.SavedAsync();

        SavedMachineException error = await Assert.ThrowsAsync<SavedMachineException>(
            () => qemu.RestoreAsync(saved, qemu.Options() with { Memory = MemorySize.FromMebibytes(256) }));

        Assert.Contains("another QEMU, or of another kernel", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RestoreAsync_state_is_truncated_is_refused()
    {
        SavedMachine saved = await qemu.CopyAsync();
        using (FileStream state = File.OpenWrite(saved.StatePath))
            state.SetLength(state.Length / 2);

        await Assert.ThrowsAsync<SavedMachineException>(() => qemu.RestoreAsync(saved));
    }

    [Fact]
    public async Task RestoreAsync_one_bit_of_the_state_is_wrong_is_refused()
    {
        SavedMachine saved = await qemu.CopyAsync();
        byte[] state = await File.ReadAllBytesAsync(saved.StatePath, Cancellation);
        state[state.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(saved.StatePath, state, Cancellation);

        await Assert.ThrowsAsync<SavedMachineException>(() => qemu.RestoreAsync(saved));
    }

    [Fact]
    public async Task RestoreAsync_state_that_qemu_does_not_understand_says_what_qemu_said()
    {
        SavedMachine saved = await qemu.CopyAsync();
        SavedState.Write(saved.StatePath, "this is no migration stream"u8);

        SavedMachineException error = await Assert.ThrowsAsync<SavedMachineException>(() => qemu.RestoreAsync(saved));

        Assert.Contains("Not a migration stream", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-4096)]
    [InlineData(4096)]
    public async Task RestoreAsync_memory_of_another_size_is_refused(int difference)
    {
        SavedMachine saved = await qemu.CopyAsync();
        using (FileStream memory = File.OpenWrite(saved.MemoryPath))
            memory.SetLength(memory.Length + difference);

        await Assert.ThrowsAsync<SavedMachineException>(() => qemu.RestoreAsync(saved));
    }

    [Fact]
    public async Task RestoreAsync_files_are_gone_is_refused()
    {
        SavedMachine saved = await qemu.CopyAsync();

        File.Delete(saved.StatePath);
        await Assert.ThrowsAsync<SavedMachineException>(() => qemu.RestoreAsync(saved));
        File.Delete(saved.MemoryPath);
        await Assert.ThrowsAsync<SavedMachineException>(() => qemu.RestoreAsync(saved));
        await Assert.ThrowsAsync<SavedMachineException>(
            () => qemu.Backend.PrepareAsync(qemu.Options(), saved, RestoreMode.Private, Cancellation).AsTask());
    }

    [Theory]
    [InlineData(StartupPhases.Spawn)]
    [InlineData(StartupPhases.Load)]
    public async Task RestoreAsync_is_cancelled_leaves_nothing(string when)
    {
        SavedMachine saved = await qemu.SavedAsync();
        using var cancelled = new CancellationTokenSource();
        var timeline = new StartupTimeline(phase =>
        {
            if (phase.Name == when && phase.Duration is null)
                cancelled.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => qemu.Backend.RestoreAsync(qemu.Options(), saved, RestoreMode.Private, timeline, cancelled.Token).AsTask());
    }

    [Fact]
    public async Task FreezeAsync_nowhere_to_write_the_memory_to_is_refused_and_the_machine_runs_on()
    {
        SavedMachine saved = await qemu.SavedAsync();
        await using QemuVirtualMachine machine = await qemu.RestoreAsync(saved);

        await Assert.ThrowsAsync<VirtualMachineException>(() => machine.SaveAsync(qemu.NewPath("state"), null, Cancellation).AsTask());
        await Assert.ThrowsAsync<VirtualMachineException>(
            () => machine.SaveAsync(qemu.NewPath("state"), saved.MemoryPath, Cancellation).AsTask());

        Assert.Equal("running", await machine.QueryStatusAsync(Cancellation));
    }

    [Fact]
    public async Task FreezeAsync_disk_is_full_fails_and_the_machine_runs_on()
    {
        SavedMachine saved = await qemu.CopyAsync();
        string disk = Directory.CreateDirectory(qemu.NewPath("full")).FullName;
        Assert.SkipUnless(
            await RunAsync("mount", "-t", "tmpfs", "-o", "size=16k", "islet-test", disk) == 0, "Mounting a small tmpfs needs root.");
        try
        {
            await using QemuVirtualMachine machine = await qemu.RestoreAsync(
                saved, qemu.Options() with { MemoryFilePath = saved.MemoryPath }, RestoreMode.OwnFile);

            StorageException error = await Assert.ThrowsAsync<StorageException>(
                () => machine.SaveAsync(Path.Combine(disk, "state"), cancellationToken: Cancellation).AsTask());

            Assert.Contains("no space left", error.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(disk));
            Assert.Equal("running", await machine.QueryStatusAsync(Cancellation));
            Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
        }
        finally
        {
            await RunAsync("umount", disk);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        _ = await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return process.ExitCode;
    }
}
