using System.Runtime.CompilerServices;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>A checkpoint that outlives its container holds what a fork needs, and nothing of the container.</summary>
public sealed class CheckpointMemoryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disposed_container_and_its_log_are_collected_although_its_checkpoint_is_not_disposed()
    {
        TestRuntime.RequireMachines();
        (Checkpoint checkpoint, WeakReference[] gone) = await TakeAsync();
        await using (checkpoint)
        {
            await CollectAsync(gone);
            await using Product fork = await checkpoint.ForkAsync<Product>(Cancelled);

            Assert.Equal("secret", fork.Password);
            Assert.Equal("before the checkpoint\n", fork.ReadOutput());
        }
    }

    // Its locals are gone once it has returned: nothing but the checkpoint is left.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(Checkpoint Checkpoint, WeakReference[] Gone)> TakeAsync()
    {
        await using Product product = await new ProductBuilder().WithCheckpoints().StartAsync(TestRuntime.Instance, Cancelled);
        LogLine line = default;
        await foreach (LogLine first in product.ReadLogsAsync(new LogOptions { Follow = true }, Cancelled))
        {
            line = first;
            break;
        }

        Checkpoint checkpoint = await product.CheckpointAsync(Cancelled);
        return (checkpoint, [new WeakReference(product), new WeakReference(product.Core), new WeakReference(line.Text)]);
    }

    // A thread of the pool, or the end of a socket, may refer to them for a moment more.
    private static async Task CollectAsync(WeakReference[] references)
    {
        for (int round = 0; round < 100 && references.Any(reference => reference.IsAlive); round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(50, Cancelled);
        }

        Assert.Equal([false, false, false], references.Select(reference => reference.IsAlive));
    }

    private sealed class Product(Container container, string password) : Container(container)
    {
        public string Password => password;

        protected override Container WrapFork(Container fork) => new Product(fork, password);
    }

    private sealed class ProductBuilder() : ContainerBuilder<ProductBuilder, Product>(
        TestRuntime.Idle.WithCommand("sh", "-c", "echo before the checkpoint; exec sleep 100000"))
    {
        protected override Product Wrap(Container container) => new(container, "secret");
    }
}
