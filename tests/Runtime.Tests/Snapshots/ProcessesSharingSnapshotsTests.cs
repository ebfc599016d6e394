using System.Diagnostics;
using Islet.Snapshots;

namespace Islet.Tests.Snapshots;

/// <summary>Several processes, some of which die, over one store.</summary>
public sealed class ProcessesSharingSnapshotsTests : IDisposable
{
    private const string CacheVariable = "ISLET_TEST_SNAPSHOT_CACHE";
    private const string NameVariable = "ISLET_TEST_SNAPSHOT_NAME";
    private const string TaskVariable = "ISLET_TEST_SNAPSHOT_TASK";

    private readonly SnapshotWorkshop _workshop = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _workshop.Dispose();

    /// <summary>The work of the other processes: this same program, told to run this one test.</summary>
    [Fact(Explicit = true)]
    public async Task Use_the_store_in_a_process_of_its_own()
    {
        string? cache = Environment.GetEnvironmentVariable(CacheVariable), task = Environment.GetEnvironmentVariable(TaskVariable);
        Assert.SkipWhen(cache is null || task is null, "it only makes sense when another test starts it");
        Assert.True(SnapshotName.TryParse(Environment.GetEnvironmentVariable(NameVariable), out SnapshotName? name));
        var store = new SnapshotStore(cache);

        switch (task)
        {
            case "draft":
                SnapshotDraft draft = await store.BeginAsync(name, Cancellation);
                SnapshotWorkshop.Fill(draft);
                await ReportAndWaitToBeKilledAsync(cache);
                break;
            case "lease":
                SnapshotLease? lease = await store.TryOpenAsync(name, Cancellation);
                Assert.NotNull(lease);
                await ReportAndWaitToBeKilledAsync(cache);
                break;
            case "build":
                using (await store.AcquireBuildLockAsync(name, Cancellation))
                {
                    using SnapshotLease? there = await store.TryOpenAsync(name, Cancellation);
                    if (there is null)
                        await BuildAsync(store, name, cache);
                }

                break;
            case "race":
                await BuildAsync(store, name, cache);
                break;
        }
    }

    [Fact]
    public async Task A_draft_of_a_killed_process_is_removed_by_the_next_and_its_builder_s_lock_is_free()
    {
        SnapshotName name = SnapshotWorkshop.NewName();
        using (Process doomed = Start("draft", name))
        {
            await WaitForReportAsync();
            Assert.Contains(".partial-", Assert.Single(_workshop.Entries()), StringComparison.Ordinal);
            await _workshop.Store.TrimAsync(Cancellation);
            Assert.Single(_workshop.Entries()); // its owner lives
            await KillAsync(doomed);
        }

        Assert.Null(await _workshop.Store.TryOpenAsync(name, Cancellation));
        using SnapshotDraft next = await _workshop.Store.BeginAsync(name, Cancellation);
        Assert.Equal(Path.GetFileName(next.Directory), Assert.Single(_workshop.Entries()));
    }

    [Fact]
    public async Task A_lease_protects_from_other_processes_and_ends_with_its_holder()
    {
        SnapshotName name = await _workshop.MakeAsync();
        using (Process doomed = Start("lease", name))
        {
            await WaitForReportAsync();
            await _workshop.NewStore(MemorySize.FromBytes(0)).TrimAsync(Cancellation);
            Assert.Equal(SnapshotRemoval.InUse, await _workshop.Store.RemoveAsync(name, Cancellation));
            await KillAsync(doomed);
        }

        Assert.Equal(SnapshotRemoval.Removed, await _workshop.Store.RemoveAsync(name, Cancellation));
    }

    [Theory]
    [InlineData("build", 1)]
    [InlineData("race", 3)]
    public async Task Several_processes_that_make_the_same_leave_one_whole_snapshot(string task, int timesBuilt)
    {
        SnapshotName name = SnapshotWorkshop.NewName(SnapshotKind.Template);
        Process[] processes = [.. Enumerable.Range(0, 3).Select(_ => Start(task, name))];
        foreach (Process process in processes)
        {
            using (process)
            {
                string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
                await process.WaitForExitAsync(Cancellation);
                Assert.True(process.ExitCode == 0, output);
            }
        }

        Assert.Equal(timesBuilt, Directory.GetFiles(_workshop.Cache, "built-*").Length);
        Assert.Equal([name.Key.ToString()], _workshop.Entries());
        using SnapshotLease? lease = await _workshop.Store.TryOpenAsync(name, Cancellation);
        Assert.True(await lease!.VerifyContentAsync(Cancellation));
    }

    private static async Task BuildAsync(SnapshotStore store, SnapshotName name, string cache)
    {
        using SnapshotDraft draft = await store.BeginAsync(name, Cancellation);
        SnapshotWorkshop.Fill(draft);
        using SnapshotLease lease = await draft.CompleteAsync(new SnapshotDescription { Shape = "" }, seal: true, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(cache, $"built-{Environment.ProcessId}"), "", Cancellation);
    }

    private static async Task ReportAndWaitToBeKilledAsync(string cache)
    {
        await File.WriteAllTextAsync(Path.Combine(cache, "report"), "", Cancellation);
        await Task.Delay(Timeout.Infinite, Cancellation);
    }

    private static async Task KillAsync(Process process)
    {
        process.Kill(); // SIGKILL: nothing of it runs any more, no cleaning up either
        await process.WaitForExitAsync(Cancellation);
    }

    private Process Start(string task, SnapshotName name)
    {
        string method = $"{typeof(ProcessesSharingSnapshotsTests).FullName}.{nameof(Use_the_store_in_a_process_of_its_own)}";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Islet.Tests"), ["-explicit", "only", "-method", method])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                [CacheVariable] = _workshop.Cache,
                [NameVariable] = name.ToString(),
                [TaskVariable] = task,

                // A killed process leaves its temporary files: .NET's own, and the fields of this class.
                ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(_workshop.Cache, "temporary")).FullName,
            },
        };
        return Process.Start(start)!;
    }

    private async Task WaitForReportAsync()
    {
        using var watcher = new FileSystemWatcher(_workshop.Cache, "report");
        var reported = new TaskCompletionSource();
        watcher.Created += (_, _) => reported.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(Path.Combine(_workshop.Cache, "report")))
            await reported.Task.WaitAsync(Cancellation);
    }
}
