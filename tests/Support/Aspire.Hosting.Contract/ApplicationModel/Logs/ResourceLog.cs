using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

internal sealed class ResourceLog : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<LogLine> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isComplete;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull =>
        null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string message = formatter(state, exception) + (exception is null ? string.Empty : Environment.NewLine + exception);
        string content = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffffffZ} {message}");
        lock (_lock)
        {
            if (_isComplete)
                return;

            _lines.Add(new LogLine(_lines.Count + 1, content, logLevel >= LogLevel.Error));
            SignalChange();
        }
    }

    public void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            SignalChange();
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int seen = 0;
        while (true)
        {
            LogLine[] lines;
            Task changed;
            bool isComplete;
            lock (_lock)
            {
                lines = [.. _lines.Skip(seen)];
                changed = _changed.Task;
                isComplete = _isComplete;
            }

            seen += lines.Length;
            if (lines.Length > 0)
                yield return lines;

            if (isComplete)
                yield break;

            await changed.WaitAsync(cancellationToken);
        }
    }

    private void SignalChange()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
