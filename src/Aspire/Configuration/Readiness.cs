using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Aspire.Configuration;

/// <summary>The wait strategies of a start.</summary>
internal static class Readiness
{
    /// <summary>
    /// Waits for nothing more than the start, as with a container engine: Aspire itself checks whether the resource is healthy.
    /// </summary>
    public static WaitStrategy Started { get; } = new StartedWait();

    /// <summary>Waits for the health checks of a container whose ready state will be kept, or for its ports if it has no checks.</summary>
    public static WaitStrategy Healthy(MicroVm vm, IServiceProvider services, ConsoleForwarding console)
    {
        string[] checks =
        [
            .. vm.Resource.Annotations.OfType<HealthCheckAnnotation>().Select(annotation => annotation.Key).Order(StringComparer.Ordinal),
        ];
        return new AudibleWait(
            checks.Length == 0
                ? Wait.Default
                : Wait.ForAll(Wait.Default, Pass(checks, services.GetRequiredService<HealthCheckService>())), console);
    }

    private static WaitStrategy Pass(string[] checks, HealthCheckService service) => Wait.Until(
        $"the health checks {string.Join(", ", checks)}",
        async (_, cancellationToken) =>
        {
            HealthReport report = await service.CheckHealthAsync(
                registration => checks.Contains(registration.Name), cancellationToken).ConfigureAwait(false);
            return report.Status == HealthStatus.Healthy;
        });

    /// <summary>Waits until the process was started; it may have ended by now, if its work is that short.</summary>
    private sealed record StartedWait : WaitStrategy
    {
        public override string Description => "the container's process to be started";

        protected override bool CompletesAfterExit => true;

        protected override Task WaitAsync(WaitContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Another wait, during which the container's output is forwarded: a start that takes long shows its progress.</summary>
    private sealed record AudibleWait(WaitStrategy Inner, ConsoleForwarding Console) : WaitStrategy
    {
        public override string Description => Inner.Description;

        // The inner wait decides whether the end of the container ends it.
        protected override bool CompletesAfterExit => true;

        protected override Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
        {
            Console.FollowStart(context.Target);
            return context.WaitForAsync(Inner, cancellationToken);
        }
    }
}
