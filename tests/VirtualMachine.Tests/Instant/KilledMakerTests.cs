using System.Diagnostics;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>A process that makes templates and checkpoints may be killed at any moment.</summary>
public sealed class KilledMakerTests : IAsyncDisposable
{
    private const int Rounds = 6;

    private readonly OwnCache _cache = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task What_is_found_after_a_kill_is_whole_or_not_there()
    {
        var random = new Random(20261121);
        for (int round = 0; round < Rounds; round++)
        {
            using (Process maker = StartMaker())
            {
                // In the first round it is killed while it makes the template, in the others while it takes checkpoints.
                if (round > 0)
                    Assert.NotNull(await maker.StandardOutput.ReadLineAsync(Cancelled));
                else
                    await UntilAsync(() => Directory.Exists(_cache.Templates) && Directory.GetDirectories(_cache.Templates).Length > 0);
                await Task.Delay(random.Next(200), Cancelled);
                maker.Kill();
                await maker.WaitForExitAsync(Cancelled);
            }

            await UntilAsync(() => QemuFixture.Machines(_cache.Path).Count == 0);
            await using ContainerRuntime runtime = _cache.NewRuntime();
            if (await runtime.OpenCheckpointAsync("loop", Cancelled) is { } checkpoint)
            {
                await using (checkpoint)
                {
                    await using Container copy = await checkpoint.ForkAsync(Cancelled);
                    Assert.Equal("alive", await copy.RunAsync("echo alive"));
                }
            }
            else
            {
                Assert.Equal(0, round);
            }

            await using Container next = await OwnCache.StartAsync(runtime);
            await using Checkpoint another = await next.CheckpointAsync(Cancelled);
            Assert.Equal("alive", await next.RunAsync("echo alive"));
            Assert.DoesNotContain(Directory.GetDirectories(_cache.Checkpoints), path => path.Contains("partial", StringComparison.Ordinal));
        }

        Assert.Empty(_cache.Warnings);
    }

    private Process StartMaker() => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "VirtualMachineOwner.dll"), "checkpoints", _cache.Path, TestImages.Debian])
    {
        RedirectStandardOutput = true,
    })!;

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(20, limit.Token);
    }
}
