using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Network;
using Islet.Containers;
using Islet.Diagnostics;
using Microsoft.Extensions.Logging;
using LogLine = Islet.Containers.LogLine;

namespace Islet.Aspire.Lives;

/// <summary>The life of a fork: it runs from its beginning, until it is stopped or the application ends.</summary>
internal sealed class ForkLife(MicroVmForkResource resource, Container container, MicroVm parent, Surroundings around) : IAsyncDisposable
{
    private readonly ILogger _log = around.Loggers.GetLogger(resource);
    private Task _ended = Task.CompletedTask;

    public MicroVmForkResource Resource => resource;

    public async Task BeginAsync()
    {
        resource.Annotations.Add(MicroVmCommandAnnotations.Create(
            KnownResourceCommands.StopCommand, "Stop", "Stop", static state => state == KnownResourceStates.Running,
            async _ => await DisposeAsync().ConfigureAwait(false)));
        await around.Notifications.PublishUpdateAsync(resource, snapshot => snapshot with
        {
            ResourceType = DashboardProperties.ResourceType,
            State = KnownResourceStates.Running,
            CreationTimeStamp = DateTime.UtcNow,
            StartTimeStamp = DateTime.UtcNow,
            Properties = DashboardProperties.OfFork(snapshot.Properties, container, parent, around.Runtime),
            Urls = [.. parent.Endpoints.Select(Url)],
        }).ConfigureAwait(false);
        _ended = FollowAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await container.DisposeAsync().ConfigureAwait(false);
        await _ended.ConfigureAwait(false);
    }

    private UrlSnapshot Url(PublishedEndpoint endpoint)
    {
        EndpointAnnotation annotation = endpoint.Annotation;
        return new UrlSnapshot(annotation.Name, $"{annotation.UriScheme}://{KnownHostNames.Localhost}:{container.GetPort(endpoint.TargetPort)}", IsInternal: false);
    }

    private async Task FollowAsync()
    {
        await foreach (LogLine line in container.ReadLogsAsync(new LogOptions { Follow = true }).ConfigureAwait(false))
        {
            if (line.Stream == OutputStreams.Stderr)
                _log.Stderr(line.Text);
            else
                _log.Stdout(line.Text);
        }

        int? exitCode = null;
        try
        {
            exitCode = (await container.Exited.ConfigureAwait(false)).ExitCode;
        }
        catch (IsletException exception)
        {
            if (container.State != ContainerState.Deleted)
                _log.Crashed(exception.Message);
        }

        await container.DisposeAsync().ConfigureAwait(false);
        await around.Notifications.PublishUpdateAsync(resource, snapshot => snapshot with
        {
            State = KnownResourceStates.Exited,
            ExitCode = exitCode ?? 0,
            StopTimeStamp = DateTime.UtcNow,
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = true })],
        }).ConfigureAwait(false);
    }
}
