using Islet.Agent;
using Islet.Machines;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Tests.Snapshots;

public sealed class MachinePoolTests
{
    private const string Shape = "shape";

    private int _made;

    [Fact]
    public async Task Fill_makes_as_many_as_are_missing_and_takes_give_them_out_once()
    {
        await using MachinePool<IPooledMachine> pool = Create(2, () => false);
        pool.Fill(Shape, PrepareAsync);
        await pool.WhenIdleAsync();
        Assert.Equal(2, pool.Ready);

        Assert.NotNull(pool.TryTake(Shape));
        Assert.NotNull(pool.TryTake(Shape));
        Assert.Null(pool.TryTake(Shape));
        Assert.Null(pool.TryTake("another shape"));
    }

    [Fact]
    public async Task Without_spares_none_is_made()
    {
        await using MachinePool<IPooledMachine> pool = Create(0, () => false);
        pool.Fill(Shape, PrepareAsync);
        await pool.WhenIdleAsync();
        Assert.Equal(0, _made);
    }

    [Fact]
    public async Task A_host_short_of_memory_gets_them_back_and_no_more_are_made()
    {
        bool isScarce = false;
        await using MachinePool<IPooledMachine> pool = Create(2, () => isScarce);
        pool.Fill(Shape, PrepareAsync);
        await pool.WhenIdleAsync();

        isScarce = true;
        pool.GiveBack();
        Assert.Equal(0, pool.Ready);
        pool.Fill(Shape, PrepareAsync);
        await pool.WhenIdleAsync();
        Assert.Equal(2, _made);

        isScarce = false;
        pool.Fill(Shape, PrepareAsync);
        await pool.WhenIdleAsync();
        Assert.Equal(2, pool.Ready);
    }

    [Fact]
    public async Task Disposing_ends_all()
    {
        MachinePool<IPooledMachine> pool = Create(1, () => false);
        Machine? machine = null;
        pool.Fill(Shape, _ => Task.FromResult<IPooledMachine?>(machine = new Machine()));
        await pool.WhenIdleAsync();
        await pool.DisposeAsync();
        await pool.DisposeAsync();
        Assert.True(machine!.IsDisposed);
    }

    [Fact]
    public async Task One_that_cannot_be_made_is_given_up()
    {
        await using MachinePool<IPooledMachine> pool = Create(2, () => false);
        pool.Fill(Shape, _ => throw new VirtualMachineException("no"));
        await pool.WhenIdleAsync();
        Assert.Equal(0, pool.Ready);
    }

    [Fact]
    public async Task Those_of_the_kind_that_was_not_used_for_longest_make_room()
    {
        await using MachinePool<IPooledMachine> pool = Create(1, () => false, kinds: 2);
        var first = new Machine();
        pool.Fill("first", _ => Task.FromResult<IPooledMachine?>(first));
        await pool.WhenIdleAsync();
        await Task.Delay(20, TestContext.Current.CancellationToken); // the clock of ticks moves every 16 ms at most
        pool.Fill("second", PrepareAsync);
        pool.Fill("third", PrepareAsync);
        await pool.WhenIdleAsync();

        Assert.True(first.IsDisposed);
        Assert.Null(pool.TryTake("first"));
        Assert.NotNull(pool.TryTake("second"));
        Assert.NotNull(pool.TryTake("third"));
    }

    [Fact]
    public async Task What_is_of_no_use_any_more_is_ended()
    {
        bool isOfUse = true;
        await using MachinePool<IPooledMachine> pool = Create(1, () => false);
        var machine = new Machine();
        pool.Fill("of use for a while", _ => Task.FromResult<IPooledMachine?>(machine), () => isOfUse);
        pool.Fill(Shape, PrepareAsync);
        await pool.WhenIdleAsync();
        pool.GiveBack();
        Assert.Equal(2, pool.Ready);

        isOfUse = false;
        pool.GiveBack();
        await pool.WhenIdleAsync();
        Assert.True(machine.IsDisposed);
        Assert.Equal(1, pool.Ready);
    }

    [Fact]
    public async Task One_that_is_of_no_use_when_it_is_ready_is_ended()
    {
        bool isOfUse = true;
        await using MachinePool<IPooledMachine> pool = Create(1, () => false);
        var machine = new Machine();
        TaskCompletionSource begun = new(), released = new();
        pool.Fill(Shape, async _ =>
        {
            begun.SetResult();
            await released.Task;
            return machine;
        }, () => isOfUse);
        await begun.Task;
        isOfUse = false;
        pool.GiveBack();
        released.SetResult();
        await pool.WhenIdleAsync();

        Assert.True(machine.IsDisposed);
        Assert.Null(pool.TryTake(Shape));
    }

    [Fact]
    public void Memory_is_scarce_below_a_tenth()
    {
        Assert.True(HostMemory.IsScarce(["MemTotal:       16000 kB", "MemFree:  1 kB", "MemAvailable:    1599 kB"]));
        Assert.False(HostMemory.IsScarce(["MemTotal:       16000 kB", "MemFree:  1 kB", "MemAvailable:    1600 kB"]));
        Assert.False(HostMemory.IsScarce(["MemTotal:       16000 kB"]));
    }

    private static MachinePool<IPooledMachine> Create(int count, Func<bool> memoryIsScarce, int kinds = 3) =>
        new(count, kinds, memoryIsScarce, NullLoggerFactory.Instance);

    private Task<IPooledMachine?> PrepareAsync(CancellationToken cancellationToken)
    {
        _made++;
        return Task.FromResult<IPooledMachine?>(new Machine());
    }

    private sealed class Machine : IPooledMachine
    {
        public bool IsDisposed { get; private set; }

        public Task<VirtualMachineExit> Exited { get; } = new TaskCompletionSource<VirtualMachineExit>().Task;

        public ValueTask RehearseAsync(
            DiskImage below, Func<IGuestChannel, CancellationToken, Task> rehearsal, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<IVirtualMachine> StartAsync(
            DiskImage? below, StartupTimeline timeline, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return default;
        }
    }
}
