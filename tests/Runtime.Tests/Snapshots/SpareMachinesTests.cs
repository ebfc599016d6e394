using Islet.Diagnostics;
using Islet.Protocol;
using Islet.Snapshots;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Tests.Snapshots;

public sealed class SpareMachinesTests
{
    private const string Shape = "shape";

    private int _made;

    [Fact]
    public async Task Fill_makes_as_many_as_are_missing_and_takes_give_them_out_once()
    {
        await using SpareMachines spares = Create(2, () => false);
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();
        Assert.Equal(2, spares.Ready);

        Assert.NotNull(spares.TryTake(Shape));
        Assert.NotNull(spares.TryTake(Shape));
        Assert.Null(spares.TryTake(Shape));
        Assert.Null(spares.TryTake("another shape"));
    }

    [Fact]
    public async Task Without_spares_none_is_made()
    {
        await using SpareMachines spares = Create(0, () => false);
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();
        Assert.Equal(0, _made);
    }

    [Fact]
    public async Task A_host_short_of_memory_gets_them_back_and_no_more_are_made()
    {
        bool isScarce = false;
        await using SpareMachines spares = Create(2, () => isScarce);
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();

        isScarce = true;
        spares.GiveBackWhenScarce();
        Assert.Equal(0, spares.Ready);
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();
        Assert.Equal(2, _made);

        isScarce = false;
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();
        Assert.Equal(2, spares.Ready);
    }

    [Fact]
    public async Task Disposing_ends_all()
    {
        SpareMachines spares = Create(1, () => false);
        Machine? machine = null;
        spares.Fill(Shape, _ => Task.FromResult<IPreparedMachine?>(machine = new Machine()));
        await spares.WhenIdleAsync();
        await spares.DisposeAsync();
        await spares.DisposeAsync();
        Assert.True(machine!.IsDisposed);
    }

    [Fact]
    public async Task One_that_cannot_be_made_is_given_up()
    {
        await using SpareMachines spares = Create(2, () => false);
        spares.Fill(Shape, _ => throw new VirtualMachineException("no"));
        await spares.WhenIdleAsync();
        Assert.Equal(0, spares.Ready);
    }

    [Fact]
    public void Memory_is_scarce_below_a_tenth()
    {
        Assert.True(HostMemory.IsScarce(["MemTotal:       16000 kB", "MemFree:  1 kB", "MemAvailable:    1599 kB"]));
        Assert.False(HostMemory.IsScarce(["MemTotal:       16000 kB", "MemFree:  1 kB", "MemAvailable:    1600 kB"]));
        Assert.False(HostMemory.IsScarce(["MemTotal:       16000 kB"]));
    }

    private static SpareMachines Create(int count, Func<bool> memoryIsScarce) => new(count, memoryIsScarce, NullLoggerFactory.Instance);

    private Task<IPreparedMachine?> PrepareAsync(CancellationToken cancellationToken)
    {
        _made++;
        return Task.FromResult<IPreparedMachine?>(new Machine());
    }

    private sealed class Machine : IPreparedMachine
    {
        public bool IsDisposed { get; private set; }

        public Task<VirtualMachineExit> Exited { get; } = new TaskCompletionSource<VirtualMachineExit>().Task;

        public ValueTask RehearseAsync(
            string rootDiskPath, DiskFormat format, Func<IGuestChannel, CancellationToken, Task> rehearsal, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<IVirtualMachine> StartAsync(
            string? rootDiskPath, DiskFormat format, StartupTimeline timeline, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return default;
        }
    }
}
