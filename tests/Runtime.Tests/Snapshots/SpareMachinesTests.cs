using Islet.Machines;
using Islet.Protocol;
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
        await using SpareMachines<IPreparedMachine> spares = Create(2, () => false);
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
        await using SpareMachines<IPreparedMachine> spares = Create(0, () => false);
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();
        Assert.Equal(0, _made);
    }

    [Fact]
    public async Task A_host_short_of_memory_gets_them_back_and_no_more_are_made()
    {
        bool isScarce = false;
        await using SpareMachines<IPreparedMachine> spares = Create(2, () => isScarce);
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();

        isScarce = true;
        spares.GiveBack();
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
        SpareMachines<IPreparedMachine> spares = Create(1, () => false);
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
        await using SpareMachines<IPreparedMachine> spares = Create(2, () => false);
        spares.Fill(Shape, _ => throw new VirtualMachineException("no"));
        await spares.WhenIdleAsync();
        Assert.Equal(0, spares.Ready);
    }

    [Fact]
    public async Task Those_of_the_kind_that_was_not_used_for_longest_make_room()
    {
        await using SpareMachines<IPreparedMachine> spares = Create(1, () => false, kinds: 2);
        var first = new Machine();
        spares.Fill("first", _ => Task.FromResult<IPreparedMachine?>(first));
        await spares.WhenIdleAsync();
        await Task.Delay(20, TestContext.Current.CancellationToken); // the clock of ticks moves every 16 ms at most
        spares.Fill("second", PrepareAsync);
        spares.Fill("third", PrepareAsync);
        await spares.WhenIdleAsync();

        Assert.True(first.IsDisposed);
        Assert.Null(spares.TryTake("first"));
        Assert.NotNull(spares.TryTake("second"));
        Assert.NotNull(spares.TryTake("third"));
    }

    [Fact]
    public async Task What_is_of_no_use_any_more_is_ended()
    {
        bool isOfUse = true;
        await using SpareMachines<IPreparedMachine> spares = Create(1, () => false);
        var machine = new Machine();
        spares.Fill("of use for a while", _ => Task.FromResult<IPreparedMachine?>(machine), () => isOfUse);
        spares.Fill(Shape, PrepareAsync);
        await spares.WhenIdleAsync();
        spares.GiveBack();
        Assert.Equal(2, spares.Ready);

        isOfUse = false;
        spares.GiveBack();
        await spares.WhenIdleAsync();
        Assert.True(machine.IsDisposed);
        Assert.Equal(1, spares.Ready);
    }

    [Fact]
    public async Task One_that_is_of_no_use_when_it_is_ready_is_ended()
    {
        bool isOfUse = true;
        await using SpareMachines<IPreparedMachine> spares = Create(1, () => false);
        var machine = new Machine();
        TaskCompletionSource begun = new(), released = new();
        spares.Fill(Shape, async _ =>
        {
            begun.SetResult();
            await released.Task;
            return machine;
        }, () => isOfUse);
        await begun.Task;
        isOfUse = false;
        spares.GiveBack();
        released.SetResult();
        await spares.WhenIdleAsync();

        Assert.True(machine.IsDisposed);
        Assert.Null(spares.TryTake(Shape));
    }

    [Fact]
    public void Memory_is_scarce_below_a_tenth()
    {
        Assert.True(HostMemory.IsScarce(["MemTotal:       16000 kB", "MemFree:  1 kB", "MemAvailable:    1599 kB"]));
        Assert.False(HostMemory.IsScarce(["MemTotal:       16000 kB", "MemFree:  1 kB", "MemAvailable:    1600 kB"]));
        Assert.False(HostMemory.IsScarce(["MemTotal:       16000 kB"]));
    }

    private static SpareMachines<IPreparedMachine> Create(int count, Func<bool> memoryIsScarce, int kinds = 3) => new(count, kinds, memoryIsScarce, NullLoggerFactory.Instance);

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
