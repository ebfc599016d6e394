using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Islet.Aspire.Network;
using Islet.Aspire.Terminals;
using Islet.Aspire.Volumes;

namespace Islet.Aspire.Lives;

/// <summary>Services and settings shared by all micro-VM controllers.</summary>
/// <remarks>
/// The identity distinguishes this AppHost's kept states from those of others; the token is cancelled when the application ends.
/// </remarks>
internal sealed record Surroundings(
    ResourceNotificationService Notifications, ResourceLoggerService Loggers, IDistributedApplicationEventing Eventing,
    DistributedApplicationExecutionContext Context, ContainerRuntime Runtime, GuestNetwork Network, ResourceFamily Family,
    VolumeStore Volumes, ExecBridge Bridge, string ApplicationIdentity, IServiceProvider Services, CancellationToken Stopping);
