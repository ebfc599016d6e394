using System.Diagnostics;
using System.Globalization;
using Islet.Native.Posix;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachine.Tests.Qemu;

/// <summary>No machine outlives its owner, however the owner ends.</summary>
[Collection("Machines")]
public sealed class QemuOrphanTests : IDisposable
{
    private static readonly TimeSpan s_promise = TimeSpan.FromSeconds(2);

    private readonly QemuFixture _qemu = new();

    private string Root => Path.Combine(_qemu.Parent, string.Create(CultureInfo.InvariantCulture, $"islet-{CurrentUser.Id}"));

    public void Dispose() => _qemu.Dispose();

    [Fact]
    public async Task Owner_is_killed_leaves_no_process_and_no_file()
    {
        using Process owner = await StartOwnerAsync("stay");
        owner.Kill();

        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Owner_is_killed_with_its_process_group_leaves_no_process_and_no_file()
    {
        using Process owner = await StartOwnerAsync("stay", inGroupOfItsOwn: true);
        Assert.True(Signals.Send(-owner.Id, Signals.Kill));

        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Owner_is_terminated_leaves_no_process_and_no_file()
    {
        using Process owner = await StartOwnerAsync("stay");
        Assert.True(Signals.Send(owner.Id, Signals.Terminate));

        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Owner_returns_from_main_without_disposing_leaves_no_process_and_no_file()
    {
        using Process owner = await StartOwnerAsync("leave");
        await owner.WaitForExitAsync(QemuFixture.Cancellation);

        Assert.Equal(0, owner.ExitCode);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task Janitor_is_killed_before_its_owner_leaves_no_process_and_the_next_run_removes_the_files()
    {
        Assert.SkipUnless(ParentDeathSignal.IsAvailable, "util-linux's setpriv is not installed.");
        using Process owner = await StartOwnerAsync("stay");
        foreach (int janitor in Janitors())
            Assert.True(Signals.Send(janitor, Signals.Kill));
        owner.Kill();

        // Its machines end with the thread that spawned them, shortly before the kernel releases its lock.
        await owner.WaitForExitAsync(QemuFixture.Cancellation);
        await WaitUntilAsync(() => QemuFixture.Machines(Root).Count == 0);
        Assert.Single(Directory.GetDirectories(Root));

        using RunDirectory next = RunDirectory.Create(_qemu.Parent);
        Assert.Equal([next.Path], Directory.GetDirectories(Root));
    }

    private async Task<Process> StartOwnerAsync(string then, bool inGroupOfItsOwn = false)
    {
        _ = _qemu.Options(); // or skip
        string program = Path.Combine(AppContext.BaseDirectory, "VirtualMachineOwner.dll");
        string[] command = ["dotnet", program, QemuFixture.KernelPath, QemuFixture.InitramfsPath, then];
        if (inGroupOfItsOwn)
            command = ["setsid", .. command];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        start.Environment["ISLET_RUN_DIRECTORY"] = _qemu.Parent;

        Process owner = Process.Start(start)!;
        string? machine = await owner.StandardOutput.ReadLineAsync(QemuFixture.Cancellation);
        Assert.True(int.TryParse(machine, out _), $"The owner said '{machine}'.");
        return owner;
    }

    private async Task NothingIsLeftAsync()
    {
        Stopwatch since = Stopwatch.StartNew();
        await WaitUntilAsync(() => Left().Count == 0);
        TestContext.Current.TestOutputHelper?.WriteLine($"Everything was gone after {since.ElapsedMilliseconds} ms.");
    }

    private List<string> Left() =>
        [.. Directory.GetFileSystemEntries(Root), .. QemuFixture.Machines(Root), .. Janitors().Select(id => $"janitor {id}")];

    // There is no event to wait for when a directory entry disappears or a process ends.
    private async Task WaitUntilAsync(Func<bool> reached)
    {
        Stopwatch since = Stopwatch.StartNew();
        while (!reached())
        {
            Assert.True(since.Elapsed < s_promise, "Left: " + string.Join("; ", Left()));
            await Task.Delay(10, QemuFixture.Cancellation);
        }
    }

    private List<int> Janitors() =>
        [.. Directory.EnumerateDirectories("/proc")
            .Where(process => int.TryParse(Path.GetFileName(process), out _)
                && QemuFixture.CommandLineOf(process) is { } line
                && line.Contains("islet-janitor\0" + Root, StringComparison.Ordinal))
            .Select(process => int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture))];
}
