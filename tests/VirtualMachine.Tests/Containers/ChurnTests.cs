using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachine.Tests.Containers;

[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>
/// Many containers, one after another and all at the same time. It counts resources of the whole process, so it runs alone.
/// </summary>
[Collection("Alone")]
public sealed class ChurnTests : IDisposable
{
    private const int Cycles = 30;
    private const int Storm = 12;

    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("islet-churn-");
    private readonly RunDirectory _run;
    private readonly ContainerRuntime _runtime;

    public ChurnTests()
    {
        TestRuntime.RequireMachines();
        _run = RunDirectory.Create(_parent.FullName);
        _runtime = new ContainerRuntime
        {
            Engine = { Backend = new QemuBackend(null, architecture => QemuBackend.Detection.OfThisHost(architecture), () => _run) },
        };
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static ContainerBuilder Small =>
        TestRuntime.Idle.WithMemory(MemorySize.FromMebibytes(64)).WithPort(80).WithCommand("sh", "-c", "busybox httpd -f -p 80");

    public void Dispose()
    {
        _runtime.Dispose();
        _run.Dispose();
        _parent.Delete(recursive: true);
    }

    [Fact]
    public async Task Thirty_containers_that_come_and_go_leave_as_much_as_the_first_ones()
    {
        await CycleAsync(4);
        await _runtime.Engine.WhenIdleAsync();
        Footprint before = Footprint.Take(_run.Path);
        await CycleAsync(Cycles);
        await _runtime.Engine.WhenIdleAsync();
        Footprint after = Footprint.Take(_run.Path);

        Assert.Equal(before.RunEntries, after.RunEntries);
        Assert.Equal(before.Children, after.Children);
        // The thread pool and the sockets' event loop grow and shrink by themselves; a leak of thirty would exceed this.
        Assert.InRange(after.Descriptors - before.Descriptors, -Cycles, 8);
        Assert.InRange(after.Threads - before.Threads, -Cycles, 8);
    }

    [Fact]
    public async Task Twelve_that_start_at_once_all_run()
    {
        Container[] containers = await Task.WhenAll(Enumerable.Range(0, Storm).Select(number =>
            Small.WithEnvironment("NUMBER", $"{number}").WithStartTimeout(TimeSpan.FromMinutes(4)).StartAsync(_runtime, Cancelled)));
        try
        {
            ExecResult[] answers = await Task.WhenAll(containers.Select(container =>
                container.ExecAsync(["sh", "-c", "echo $NUMBER"], cancellationToken: Cancelled)));
            Assert.Equal(Enumerable.Range(0, Storm).Select(number => $"{number}\n"), answers.Select(answer => answer.Stdout));
            Assert.Equal(Storm, containers.Select(container => container.GetPort()).Distinct().Count());
        }
        finally
        {
            await Task.WhenAll(containers.Select(container => container.DisposeAsync().AsTask()));
        }

        await _runtime.DisposeAsync();
        Assert.Empty(Directory.GetDirectories(_run.Path));
    }

    private Task CycleAsync(int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Cancelled },
        async (_, cancellationToken) =>
        {
            await using Container container = await Small.StartAsync(_runtime, cancellationToken);
            Assert.Equal(0, (await container.ExecAsync(["true"], cancellationToken: cancellationToken)).ExitCode);
        });

    /// <summary>The resources of this process that a machine could leave behind.</summary>
    private sealed record Footprint(int Descriptors, int Threads, int Children, int RunEntries)
    {
        public static Footprint Take(string runDirectory)
        {
            // Sockets that were dropped without being closed are a leak too, but the count must not depend on when the collector runs.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return new Footprint(
                Directory.GetFileSystemEntries("/proc/self/fd").Length,
                Directory.GetDirectories("/proc/self/task").Length,
                Directory.GetDirectories("/proc/self/task").Sum(CountChildren),
                Directory.GetFileSystemEntries(runDirectory).Length);
        }

        private static int CountChildren(string thread)
        {
            try
            {
                return File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
            }
            catch (IOException)
            {
                return 0; // a thread that has just ended
            }
        }
    }
}
