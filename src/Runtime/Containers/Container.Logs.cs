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
        Core.Log.ReadAsync(options ?? new LogOptions(), cancellationToken);

    /// <summary>Returns the text that the container's process has written so far, of which the last 16 MiB are kept.</summary>
    /// <param name="streams">The standard output, the standard error, or both in the order of their lines. Default: both.</param>
    public string ReadOutput(OutputStreams streams = OutputStreams.Both) => Core.Log.Text(streams);

    /// <inheritdoc cref="ContainerLog.Observe"/>
    internal void ObserveLog(DateTimeOffset since, Action<LogLine> observer) => Core.Log.Observe(since, observer);
}
