using Islet.Containers;
using Islet.Protocol;
using Islet.Starting;

namespace Islet;

public sealed partial class Container
{
    /// <summary>
    /// Reads the lines that the container's process has written, oldest first. With <see cref="LogOptions.Follow"/> it goes on with new
    /// lines, until the process ends.
    /// </summary>
    /// <remarks>The last 16 MiB are kept.</remarks>
    public IAsyncEnumerable<LogLine> ReadLogsAsync(LogOptions? options = null, CancellationToken cancellationToken = default) =>
        _log.ReadAsync(options ?? new LogOptions(), cancellationToken);

    /// <summary>The text that the container's process has written to its standard output so far.</summary>
    public string Stdout => _log.Text(OutputStreams.Stdout);

    /// <summary>The text that the container's process has written to its standard error so far.</summary>
    public string Stderr => _log.Text(OutputStreams.Stderr);

    /// <inheritdoc cref="ContainerLog.Observe"/>
    internal void ObserveLog(DateTimeOffset since, Action<LogLine> observer) => _log.Observe(since, observer);

    /// <summary>Imports the log of the container that this one was restored from, and continues it.</summary>
    private void Adopt(FrozenLog log)
    {
        _log.Append(log.Lines);
        _stdout.Append(log.StdoutRest);
        _stderr.Append(log.StderrRest);
    }

    private static async Task PumpLogAsync(GuestStream source, LineSplitter lines)
    {
        byte[] buffer = new byte[32 * 1024];
        try
        {
            await using (source.ConfigureAwait(false))
            {
                while (await source.ReadAsync(buffer).ConfigureAwait(false) is > 0 and int count)
                    lines.Append(buffer.AsSpan(0, count));
            }
        }
        catch (IOException)
        {
            // The machine is gone, so the log ends here. Exited reports the reason.
        }
    }
}
