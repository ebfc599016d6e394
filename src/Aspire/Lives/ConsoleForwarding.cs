using Microsoft.Extensions.Logging;
using LogLine = Islet.LogLine;

namespace Islet.Aspire.Lives;

/// <summary>Passes what one container writes on to its resource's log.</summary>
internal sealed class ConsoleForwarding(ILogger log)
{
    private readonly Lock _lock = new();
    private Container? _container;
    private Task _forwarded = Task.CompletedTask;

    /// <summary>Begins with the container's first line, unless it has begun, and completes with the last one, which is there before the exit is.</summary>
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
