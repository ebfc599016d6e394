using System.Diagnostics;
using System.Globalization;
using Islet.Benchmarks;

/// <summary>
/// Runs in every .NET process below a `dotnet test` that <see cref="WarmRun"/> has started, before its Main, and records its events: the
/// sample itself need not know that it is measured. DOTNET_STARTUP_HOOKS requires this name and no namespace.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(WarmRunEvents.Variable) is not { Length: > 0 } path)
            return;

        using (var self = Process.GetCurrentProcess())
            Write(path, "process " + Environment.GetCommandLineArgs()[0], self.StartTime.ToUniversalTime(), DateTime.UtcNow);
        ActivitySource.AddActivityListener(new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Islet" or "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                string what = $"{activity.Source.Name} {activity.OperationName} {activity.GetTagItem("container.image.name")}";
                Write(path, what, activity.StartTimeUtc, activity.StartTimeUtc + activity.Duration);
            },
        });
    }

    private static void Write(string path, string what, DateTime begun, DateTime ended) => File.AppendAllText(
        path, string.Create(CultureInfo.InvariantCulture, $"{begun.Ticks}\t{ended.Ticks}\t{what}\n"));
}
