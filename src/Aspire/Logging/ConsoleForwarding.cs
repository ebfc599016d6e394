using Microsoft.Extensions.Logging;
using LogLine = Islet.LogLine;

namespace Islet.Aspire.Logging;

/// <summary>Forwards the output of one container to its resource's log.</summary>
internal sealed class ConsoleForwarding(ILogger log)
{
    private readonly Lock _lock = new();
    private Container? _container;
    private Task _forwarded = Task.CompletedTask;

    /// <summary>
    /// Starts forwarding with the container's first line, unless it has begun. The task completes after the last line, which comes before
    /// the exit.
    /// </summary>
    public Task FollowAsync(Container container)
    {
        lock (_lock)
        {
            if (_container != container)
            {
                _container = container;
                _forwarded = ForwardAsync(container);
            }

            return _forwarded;
        }
    }

    private async Task ForwardAsync(Container container)
    {
        await foreach (LogLine line in container.ReadLogsAsync(new LogOptions { Follow = true }).ConfigureAwait(false))
        {
            if (line.Stream == OutputStreams.Stderr)
                log.Stderr(line.Text);
            else
                log.Stdout(line.Text);
        }
    }
}
