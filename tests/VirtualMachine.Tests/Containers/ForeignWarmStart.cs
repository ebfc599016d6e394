using Islet.VirtualMachine.Tests.Instant;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>The warm start of a container whose programs are for another architecture; each way of running them has to pass.</summary>
internal static class ForeignWarmStart
{
    /// <summary>Starts a container in one runtime and, in its warm state, in another one.</summary>
    public static async Task ContinuesAsync(
        ContainerBuilder builder, string machine, Func<ContainerRuntime> newRuntime, CancellationToken cancellationToken)
    {
        builder = builder.WithWarmStart()
            .WithCommand("sh", "-c", "cat /proc/sys/kernel/random/uuid > /dev/shm/id; sleep 1000000")
            .WaitUntil(Wait.ForCommand("grep", "-q", "-", "/dev/shm/id"));
        string id;
        await using (ContainerRuntime first = newRuntime())
        await using (Container cold = await builder.StartAsync(first, cancellationToken))
            id = await cold.RunAsync("cat /dev/shm/id");

        await using ContainerRuntime second = newRuntime();
        await using Container warm = await builder.StartAsync(second, cancellationToken);
        Assert.Equal($"{id}\n{machine}", await warm.RunAsync("cat /dev/shm/id; uname -m"));
    }
}
