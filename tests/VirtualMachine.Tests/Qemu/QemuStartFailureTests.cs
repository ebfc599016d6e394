using System.Runtime.InteropServices;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

[Collection("Machines")]
public sealed class QemuStartFailureTests(QemuFixture qemu) : IClassFixture<QemuFixture>, IAsyncLifetime
{
    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        // After any failure, nothing may be left of the machine.
        Assert.Empty(qemu.Leftovers());
        return default;
    }

    [Fact]
    public async Task Kernel_is_corrupt_says_what_qemu_said()
    {
        string kernel = Path.Combine(qemu.Parent, "corrupt");
        await File.WriteAllTextAsync(kernel, "this is no kernel", QemuFixture.Cancellation);

        VirtualMachineException error = await Assert.ThrowsAsync<VirtualMachineException>(
            () => qemu.StartAsync(qemu.Options() with { KernelPath = kernel }));

        Assert.Contains("The machine 'test' could not be started. QEMU exited with code 1: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kernel_panics_before_the_agent_is_there_gives_its_words_and_the_console()
    {
        VirtualMachineOptions options = qemu.Options() with { KernelArguments = "rdinit=/nothing-is-here" };

        VirtualMachineException error = await Assert.ThrowsAsync<VirtualMachineException>(() => qemu.StartAsync(options));

        Assert.Contains("The guest kernel panicked: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Evidence.ConsoleTail, line => line.Contains("Kernel panic - not syncing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kernel_panics_before_the_virtio_console_is_there_gives_its_words_too()
    {
        // Too little memory for the kernel itself: it ends long before any driver is loaded.
        VirtualMachineOptions options = qemu.Options() with { KernelArguments = "mem=34M" };

        VirtualMachineException error = await Assert.ThrowsAsync<VirtualMachineException>(() => qemu.StartAsync(options));

        Assert.Contains("The guest kernel panicked: System is deadlocked on memory", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Evidence.ConsoleTail);
    }

    [Fact]
    public async Task Memory_is_too_little_says_how_much_is_needed()
    {
        VirtualMachineException error = await Assert.ThrowsAsync<VirtualMachineException>(
            () => qemu.StartAsync(qemu.Options() with { Memory = MemorySize.FromMebibytes(63) }));

        Assert.Contains("at least 64 MiB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a,b")]
    [InlineData("../x")]
    [InlineData("line\n")]
    public async Task Name_that_is_no_name_is_refused(string name) =>
        await Assert.ThrowsAsync<VirtualMachineException>(() => qemu.StartAsync(qemu.Options() with { Name = name }));

    [Fact]
    public async Task Kernel_arguments_with_a_nul_are_refused() =>
        await Assert.ThrowsAsync<VirtualMachineException>(() => qemu.StartAsync(qemu.Options() with { KernelArguments = "a\0b" }));

    [Fact]
    public async Task File_is_missing_is_named()
    {
        VirtualMachineException error = await Assert.ThrowsAsync<VirtualMachineException>(
            () => qemu.StartAsync(qemu.Options() with { RootDisk = new DiskImage("/nothing/here.ext4") }));

        Assert.Equal("The machine's root disk /nothing/here.ext4 does not exist.", error.Message);
    }

    [Fact]
    public async Task Qemu_is_missing_is_known_before_anything_is_started()
    {
        var detection = QemuBackend.Detection.Of(null, "QEMU was not found: install it.", new Accelerator(false, ""));
        var backend = new QemuBackend(null, _ => detection, () => throw new InvalidOperationException("started something"));

        Assert.False(backend.SupportFor(RuntimeInformation.OSArchitecture).IsSupported);
        HostUnsupportedException error = await Assert.ThrowsAsync<HostUnsupportedException>(
            () => backend.StartAsync(qemu.Options(), new StartupTimeline(), QemuFixture.Cancellation).AsTask());
        Assert.Equal("QEMU was not found: install it.", error.Message);
    }

    [Theory]
    [InlineData("echo nonsense >&3; sleep 60")]
    [InlineData("echo 'qemu-system-x86_64: cannot do that' >&2; exit 1")]
    [InlineData("kill -SEGV $$")]
    public async Task Program_is_no_qemu_is_ended_and_reported(string script)
    {
        string program = Path.Combine(qemu.Parent, "fake-" + Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{script}\n", QemuFixture.Cancellation);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var detection = QemuBackend.Detection.Of(new QemuInstallation(program, new Version(9, 0)), "", new Accelerator(false, ""));
        var backend = new QemuBackend(null, _ => detection, qemu.Run);

        VirtualMachineException error = await Assert.ThrowsAsync<VirtualMachineException>(
            () => backend.StartAsync(qemu.Options(), new StartupTimeline(), QemuFixture.Cancellation).AsTask());
        Assert.Contains("could not be started. QEMU", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(25)]
    [InlineData(60)]
    [InlineData(300)]
    public async Task Cancelled_at_any_moment_throws_that_and_nothing_else(int milliseconds)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(QemuFixture.Cancellation);
        cancellation.CancelAfter(milliseconds);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => qemu.StartAsync(cancellationToken: cancellation.Token));
    }
}
