using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Tests.Contract;

/// <summary>A model of processes, run by the double.</summary>
internal static class ModelRun
{
    public static IDistributedApplicationBuilder CreateBuilder(params string[] args)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(args);
        builder.Services.AddLogging(logging => logging.ClearProviders());
        return builder;
    }

    public static IResourceBuilder<ExecutableResource> AddShell(this IDistributedApplicationBuilder builder, string name, string script) =>
        builder.AddExecutable(name, "/bin/sh", "/", "-c", script);

    public static CustomResourceSnapshot Snapshot(this DistributedApplication app, string name) =>
        app.ResourceNotifications.TryGetCurrentState(name, out ResourceEvent? current)
            ? current.Snapshot
            : throw new InvalidOperationException($"Nothing is known of {name}.");

    public static async Task<string> ReadLogAsync(this DistributedApplication app, string name, Func<string, bool> until)
    {
        string log = string.Empty;
        await foreach (IReadOnlyList<LogLine> lines in app.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(name)
            .WithCancellation(TestContext.Current.CancellationToken))
        {
            log += string.Concat(lines.Select(line => line.Content + "\n"));
            if (until(log))
                break;
        }

        return log;
    }
}
