using Islet.VirtualMachine.Tests.Qemu;
using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>
/// A machine that can't continue, because the host's disk below its own is full, ends with that reason in every pending call.
/// </summary>
public sealed class MachineFaultTests : IDisposable
{
    private const string Fill = "dd if=/dev/zero of=/big bs=1M count=500 conv=fsync";

    private readonly SmallDisk _disk;
    private readonly RunDirectory _run;
    private readonly ContainerRuntime _runtime;

    public MachineFaultTests()
    {
        TestRuntime.RequireMachines();
        _disk = SmallDisk.Mount(MemorySize.FromMebibytes(40));
        _run = RunDirectory.Create(_disk.Path);
        _runtime = new ContainerRuntime(new IsletOptions { PrestartQemu = false })
        {
            Engine = { Backend = new QemuBackend(null, architecture => QemuBackend.Detection.OfThisHost(architecture), () => _run) },
        };
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _runtime.Dispose();
        _run.Dispose();
        _disk.Dispose();
    }

    [Fact]
    public async Task A_disk_that_fills_up_ends_a_running_container_and_every_call_to_it()
    {
        await using Container container = await TestRuntime.Idle.StartAsync(_runtime, Cancelled);
        Task<ExecResult> waiting = container.ExecAsync(["sleep", "infinity"], cancellationToken: Cancelled);
        Task<ExecResult> writing = container.ExecAsync(["sh", "-c", Fill], cancellationToken: Cancelled);

        ContainerEndedException told = await Assert.ThrowsAsync<ContainerEndedException>(() => container.Exited.WaitAsync(Cancelled));
        Assert.IsType<StorageException>(told.InnerException);
        Assert.Contains("space", told.Message, StringComparison.Ordinal);
        Assert.Contains(_disk.Path, told.Message, StringComparison.Ordinal);
        Assert.Equal(TestImages.Debian, told.Evidence.Image);
        Assert.NotNull(told.Evidence.Timeline);
        await Assert.ThrowsAsync<ContainerEndedException>(() => writing.WaitAsync(Cancelled));
        await Assert.ThrowsAsync<ContainerEndedException>(() => waiting.WaitAsync(Cancelled));
        Assert.Equal(ContainerState.Stopped, container.State);
        Assert.Null(container.ExitCode);
        await Assert.ThrowsAsync<ContainerEndedException>(() => container.ReadFileAsync("/etc/passwd", Cancelled));
        await _runtime.Engine.WhenIdleAsync();
        Assert.Empty(QemuFixture.Machines(_disk.Path));
    }

    [Fact]
    public async Task A_disk_that_fills_up_during_a_start_fails_it_and_leaves_nothing()
    {
        ContainerStartException told = await StartFailures.ExpectAsync(ContainerStartReason.Storage, () => TestRuntime.Idle
            .WithCommand("sh", "-c", $"echo filling; {Fill}; sleep infinity")
            .WaitUntil(Wait.ForLogLine("never")).StartAsync(_runtime, Cancelled));
        Assert.Contains("space", told.Message, StringComparison.Ordinal);
        Assert.Contains("filling", told.Evidence.LogTail);
        await _runtime.Engine.WhenIdleAsync(); // a template of another shape, perhaps
        Assert.Empty(QemuFixture.Machines(_disk.Path));
        Assert.Empty(Directory.GetDirectories(_run.Path));
    }

    [Fact]
    public async Task Files_that_are_copied_in_before_the_start_and_do_not_fit_fail_it()
    {
        await StartFailures.ExpectAsync(ContainerStartReason.Storage, () => TestRuntime.Idle.WithMemory(MemorySize.FromMebibytes(96))
            .WithFile("/big", new byte[100 << 20])
            .WithCommand("sh", "-c", "sync; sleep infinity").WaitUntil(Wait.ForLogLine("never")).StartAsync(_runtime, Cancelled));
        await _runtime.Engine.WhenIdleAsync(); // a template of another shape, perhaps
        Assert.Empty(Directory.GetDirectories(_run.Path));
    }
}
