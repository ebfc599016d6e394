using Aspire.Hosting.ApplicationModel;
using Islet.Containers.Waiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Aspire.Starts;

/// <summary>What a start waits for.</summary>
internal static class Readiness
{
    /// <summary>
    /// Nothing, as with a container engine: whether the resource is healthy is Aspire's to find out. A container whose ready state is going to
    /// be kept is ready when its health checks pass, or where it has none, when its ports answer.
    /// </summary>
    public static WaitStrategy Of(MicroVm vm, IServiceProvider services)
    {
        if (!vm.StartsWarm)
            return new StartedWait();

        string[] checks = [.. vm.Resource.Annotations.OfType<HealthCheckAnnotation>().Select(annotation => annotation.Key).Order(StringComparer.Ordinal)];
        return checks.Length == 0 ? Wait.Default : Wait.ForAll(Wait.Default, Healthy(checks, services.GetRequiredService<HealthCheckService>()));
    }

    private static ConditionWait Healthy(string[] checks, HealthCheckService service) => Wait.Until(
        $"the health checks {string.Join(", ", checks)}",
        async (_, cancellationToken) =>
        {
            HealthReport report = await service.CheckHealthAsync(registration => checks.Contains(registration.Name), cancellationToken).ConfigureAwait(false);
            return report.Status == HealthStatus.Healthy;
        });

    /// <summary>The process was started; it may have ended by now, if that is all it does.</summary>
    private sealed record StartedWait : WaitStrategy
    {
        public override string Description => "the container's process to be started";

        protected override bool OutlivesContainer => true;

        protected override Task WaitAsync(WaitContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
