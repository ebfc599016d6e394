using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Islet.Tests.Images;

/// <summary>Records reported progress, from any thread.</summary>
internal sealed class ProgressRecorder : IProgress<ImageProgress>
{
    private readonly ConcurrentQueue<ImageProgress> _reports = new();

    public IReadOnlyCollection<ImageProgress> Reports => _reports;

    public IEnumerable<string> Phases => _reports.Select(report => report.Phase).Distinct();

    public void Report(ImageProgress value) => _reports.Enqueue(value);
}

/// <summary>Records the log at every level, to search it for secrets.</summary>
internal sealed class LogRecorder : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception) + exception);
}
