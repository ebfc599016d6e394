using Islet.Native.Posix;
using Islet.Protocol.Agent;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

[Collection("Machines")]
public sealed class QemuMachineTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    private static CancellationToken Cancellation => QemuFixture.Cancellation;

    [Fact]
    public async Task StartAsync_returns_when_the_agent_is_there_to_answer()
    {
        var timeline = new StartupTimeline();
        await using IVirtualMachine machine = await qemu.Backend.StartAsync(qemu.Options(), timeline, Cancellation);

        GetInfoResponse info = await QemuFixture.GetInfoAsync(machine.Channel);

        Assert.Equal("x86_64", info.Machine);
        Assert.False(machine.Exited.IsCompleted);
        StartupPhase boot = Assert.Single(timeline.Phases);
        Assert.Equal(StartupPhases.Boot, boot.Name);
        Assert.NotNull(boot.Duration);
    }

    [Fact]
    public async Task StartAsync_least_memory_is_enough_to_boot()
    {
        await using QemuVirtualMachine machine = await qemu.StartAsync(qemu.Options() with { Memory = QemuBackend.LeastMemory });

        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
    }

    [Fact]
    public async Task StartAsync_paths_with_commas_quotes_and_spaces_are_taken_as_they_are()
    {
        VirtualMachineOptions options = qemu.Options();
        string directory = Directory.CreateDirectory(Path.Combine(qemu.Parent, "a,b=c \"d\" ü")).FullName;
        string disk = Path.Combine(directory, "-disk,readonly=off");
        await File.WriteAllBytesAsync(disk, new byte[1 << 20], Cancellation);
        File.CreateSymbolicLink(Path.Combine(directory, "kernel,x"), options.KernelPath);
        File.CreateSymbolicLink(Path.Combine(directory, "initramfs,y"), options.InitramfsPath);

        await using QemuVirtualMachine machine = await qemu.StartAsync(options with
        {
            KernelPath = Path.Combine(directory, "kernel,x"),
            InitramfsPath = Path.Combine(directory, "initramfs,y"),
            RootDisk = new DiskImage(disk),
        });

        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
    }

    [Fact]
    public async Task StartAsync_several_at_once_are_all_apart()
    {
        VirtualMachineOptions options = qemu.Options();
        QemuVirtualMachine[] machines = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => qemu.StartAsync(options)));
        try
        {
            Assert.Equal(4, machines.Select(machine => machine.ProcessId).Distinct().Count());
            await Task.WhenAll(machines.Select(machine => QemuFixture.GetInfoAsync(machine.Channel)));
        }
        finally
        {
            foreach (QemuVirtualMachine machine in machines)
                await machine.DisposeAsync();
        }
    }

    [Fact]
    public async Task PauseAsync_and_ResumeAsync_stop_and_continue_the_machine()
    {
        await using QemuVirtualMachine machine = await qemu.StartAsync();

        await machine.PauseAsync(Cancellation);
        Assert.Equal("paused", await machine.QueryStatusAsync(Cancellation));

        await machine.ResumeAsync(Cancellation);
        Assert.Equal("running", await machine.QueryStatusAsync(Cancellation));
        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
    }

    [Fact]
    public async Task WaitForPowerOffAsync_guest_that_was_asked_powers_off_by_itself()
    {
        await using QemuVirtualMachine machine = await qemu.StartAsync();
        await new Protocol.Agent.Agent.AgentClient(machine.Channel.Calls).ShutdownAsync(new ShutdownRequest(),
            cancellationToken: Cancellation);

        VirtualMachineExit exit = await machine.Exited.WaitAsync(Cancellation);
        await machine.WaitForPowerOffAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal(new VirtualMachineExit(false, "The guest powered off."), exit);
    }

    [Fact]
    public async Task WaitForPowerOffAsync_guest_that_does_not_is_ended_and_that_is_no_crash()
    {
        await using QemuVirtualMachine machine = await qemu.StartAsync();

        await machine.WaitForPowerOffAsync(TimeSpan.Zero, Cancellation);

        Assert.Equal(new VirtualMachineExit(false, "The machine was ended by its owner."), await machine.Exited);
    }

    [Fact]
    public async Task WaitForPowerOffAsync_paused_guest_is_ended_too()
    {
        await using QemuVirtualMachine machine = await qemu.StartAsync();
        await machine.PauseAsync(Cancellation);

        await machine.WaitForPowerOffAsync(TimeSpan.Zero, Cancellation);

        Assert.False((await machine.Exited).Crashed);
    }

    [Fact]
    public async Task Exited_qemu_is_killed_is_a_crash_that_ends_the_channel_and_later_commands()
    {
        await using QemuVirtualMachine machine = await qemu.StartAsync();

        Assert.True(Signals.Send(machine.ProcessId, Signals.Kill));

        Assert.Equal(new VirtualMachineExit(true, "QEMU was killed by signal 9 (SIGKILL)."), await machine.Exited.WaitAsync(Cancellation));
        Assert.NotNull(await machine.Channel.Closed.WaitAsync(Cancellation));
        await Assert.ThrowsAnyAsync<IOException>(() => QemuFixture.GetInfoAsync(machine.Channel));
        VirtualMachineException error = await Assert.ThrowsAsync<VirtualMachineException>(() => machine.PauseAsync(Cancellation).AsTask());
        Assert.Contains("killed by signal 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadConsoleTail_works_after_the_end_and_the_log_is_for_the_owner_only()
    {
        QemuVirtualMachine machine = await qemu.StartAsync(qemu.Options() with { KernelArguments = "loglevel=7" });
        await using (machine)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(machine.Directory.ConsoleLog));
        }

        IReadOnlyList<string> lines = machine.ReadConsoleTail(10_000);
        Assert.Contains(lines, line => line.Contains("[    0.000000] ", StringComparison.Ordinal)); // through the serial port
        Assert.Contains(lines, line => line.Contains("Run /init as init process", StringComparison.Ordinal)); // through virtio
        Assert.Single(machine.ReadConsoleTail(1));
    }

    [Fact]
    public async Task Running_machine_has_no_socket_that_anybody_could_connect_to()
    {
        await using QemuVirtualMachine machine = await qemu.StartAsync();

        // The console's file is created when the console is first read.
        Assert.Equal(
            [machine.Directory.RootDisk], Directory.GetFileSystemEntries(machine.Directory.Path).Except([machine.Directory.ConsoleLog]));
    }

    [Fact]
    public async Task DisposeAsync_leaves_nothing_and_may_be_called_twice_and_at_once()
    {
        QemuVirtualMachine machine = await qemu.StartAsync();
        Assert.Contains(qemu.Leftovers(), line => line.Contains(machine.Directory.RootDisk, StringComparison.Ordinal));

        await Task.WhenAll(machine.DisposeAsync().AsTask(), machine.DisposeAsync().AsTask());
        await machine.DisposeAsync();

        Assert.Empty(qemu.Leftovers());
        Assert.False((await machine.Exited).Crashed);
    }
}
