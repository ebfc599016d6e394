using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Lives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Aspire.Starts;

/// <summary>What a start waits for.</summary>
internal static class Readiness
{
    /// <summary>Nothing, as with a container engine: whether the resource is healthy is Aspire's to find out.</summary>
    public static WaitStrategy Started { get; } = new StartedWait();

    /// <summary>The health checks of a container whose ready state is going to be kept, or where it has none, its ports.</summary>
    public static WaitStrategy Healthy(MicroVm vm, IServiceProvider services, ConsoleForwarding console)
    {
        string[] checks = [.. vm.Resource.Annotations.OfType<HealthCheckAnnotation>().Select(annotation => annotation.Key).Order(StringComparer.Ordinal)];
        return new AudibleWait(
            checks.Length == 0 ? Wait.Default : Wait.ForAll(Wait.Default, Pass(checks, services.GetRequiredService<HealthCheckService>())), console);
    }

    private static ConditionWait Pass(string[] checks, HealthCheckService service) => Wait.Until(
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

    /// <summary>Another wait, during which what the container writes is heard: a start that takes long shows what it is at.</summary>
    private sealed record AudibleWait(WaitStrategy Inner, ConsoleForwarding Console) : WaitStrategy
    {
        public override string Description => Inner.Description;

        // The wait itself knows whether the container's end ends it.
        protected override bool OutlivesContainer => true;

        protected override Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
        {
            if (context.Target is Container container)
                _ = Console.FollowAsync(container);
            return context.WaitForAsync(Inner, cancellationToken);
        }
    }
}
