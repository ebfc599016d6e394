using Islet.Containers;
using Islet.Diagnostics;
using Islet.Native.Posix;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>A start whose machine is stopped from outside as soon as its process is there: nobody in it will ever answer.</summary>
internal sealed class FrozenStart : IAsyncDisposable
{
    private const int Stop = 19; // SIGSTOP

    // One that was started ahead would not have the name that the machine is found by.
    private static readonly ContainerRuntime s_runtime = new(new IsletOptions { SpawnAhead = false });

    private FrozenStart(Task<Container> start) => Start = start;

    public Task<Container> Start { get; }

    public static FrozenStart Begin(TimeSpan startTimeout)
    {
        string name = "frozen-" + Guid.NewGuid().ToString("N")[..8];
        Task<Container> start = TestRuntime.Idle.WithName(name).WithStartTimeout(startTimeout)
            .WithStartupProgress(phase =>
            {
                if (phase is { Name: StartupPhases.Agent, Duration: null })
                    StopMachine(name);
            })
            .StartAsync(s_runtime, TestContext.Current.CancellationToken);
        return new FrozenStart(start);
    }

    public async ValueTask DisposeAsync()
    {
        if (Start.IsCompletedSuccessfully)
            await (await Start).DisposeAsync();
    }

    private static void StopMachine(string name)
    {
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out int id) && QemuFixture.CommandLineOf(process) is { } line
                && line.Contains($"guest={name}", StringComparison.Ordinal))
                Assert.True(Signals.Send(id, Stop));
        }
    }
}
