using Islet.Native.Posix;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>A start whose machine is stopped from outside as soon as its process exists, so that the machine never answers.</summary>
internal sealed class FrozenStart : IAsyncDisposable
{
    private const int Stop = 19; // SIGSTOP

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
            .StartAsync(TestRuntime.OfNamedMachines, TestContext.Current.CancellationToken);
        return new FrozenStart(start);
    }

    public async ValueTask DisposeAsync()
    {
        if (Start.IsCompletedSuccessfully)
            await (await Start).DisposeAsync();
    }

    private static void StopMachine(string name)
    {
        foreach (int id in QemuFixture.MachineIds("guest=" + name))
            Assert.True(Signals.Send(id, Stop));
    }
}
