using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Islet.Aspire.Network;
using Islet.Aspire.Volumes;

namespace Islet.Aspire.Lifecycle;

/// <summary>Services and settings shared by all executors.</summary>
/// <remarks>
/// The identity distinguishes this AppHost's kept states from those of others; the token is cancelled when the application ends.
/// </remarks>
internal sealed record ExecutorServices(
    ResourceNotificationService Notifications, ResourceLoggerService Loggers, IDistributedApplicationEventing Eventing,
    DistributedApplicationExecutionContext Context, ContainerRuntime Runtime, GuestNetwork Network, ResourceFamily Family,
    VolumeStore Volumes, string ApplicationIdentity, IServiceProvider Provider, CancellationToken Stopping);
