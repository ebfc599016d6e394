using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Logging;

/// <summary>Forwards the output of one container to its resource's log.</summary>
internal sealed class ConsoleForwarding(ILogger log)
{
    private readonly Lock _lock = new();
    private Container? _container;
    private bool _hasBegun;
    private Task _forwarded = Task.CompletedTask;

    /// <summary>Starts forwarding with the first line of a container that is still being started.</summary>
    public void FollowStart(IWaitTarget container)
    {
        lock (_lock)
        {
            _hasBegun = true;
            _forwarded = ForwardAsync(container.ReadLogsAsync(CancellationToken.None));
        }
    }

    /// <summary>
    /// Starts forwarding with the container's first line, unless it has begun. The task completes after the last line, which comes before
    /// the exit.
    /// </summary>
    public Task FollowAsync(Container container)
    {
        lock (_lock)
        {
            if (_container != container && !_hasBegun)
                _forwarded = ForwardAsync(container.ReadLogsAsync(new LogOptions { Follow = true }));
            _container = container;
            _hasBegun = false;
            return _forwarded;
        }
    }

    private async Task ForwardAsync(IAsyncEnumerable<LogLine> lines)
    {
        await foreach (LogLine line in lines.ConfigureAwait(false))
        {
            if (line.Stream == OutputStreams.Stderr)
                log.Stderr(line.Text);
            else
                log.Stdout(line.Text);
        }
    }
}
