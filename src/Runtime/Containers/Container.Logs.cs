using Islet.Containers;

namespace Islet;

public partial class Container
{
    /// <summary>
    /// Reads the lines that the container's process has written, oldest first. With <see cref="LogOptions.Follow"/> it goes on with new
    /// lines, until the process ends.
    /// </summary>
    /// <remarks>The last 16 MiB are kept.</remarks>
    public IAsyncEnumerable<LogLine> ReadLogsAsync(LogOptions? options = null, CancellationToken cancellationToken = default) =>
        _core.Log.ReadAsync(options ?? new LogOptions(), cancellationToken);

    /// <summary>The text that the container's process has written to its standard output so far.</summary>
    public string Stdout => _core.Log.Text(OutputStreams.Stdout);

    /// <summary>The text that the container's process has written to its standard error so far.</summary>
    public string Stderr => _core.Log.Text(OutputStreams.Stderr);

    /// <inheritdoc cref="ContainerLog.Observe"/>
    internal void ObserveLog(DateTimeOffset since, Action<LogLine> observer) => _core.Log.Observe(since, observer);
}
