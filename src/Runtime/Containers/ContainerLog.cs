using System.Runtime.CompilerServices;
using System.Text;

namespace Islet.Containers;

/// <summary>
/// The output of the container's process, as lines in the order of arrival. It keeps the last 16 MiB of text, so that a
/// container that logs without end doesn't use up the host's memory.
/// </summary>
internal sealed class ContainerLog
{
    private const int MaxCharacters = 8 * 1024 * 1024; // UTF-16: 16 MiB
    private const int MaxTailCharacters = 64 * 1024;

    // It is taken before the other lock, and held while observers run: readers must not wait for observers.
    private readonly Lock _appending = new();
    private readonly Lock _lock = new();
    private readonly Queue<LogLine> _lines = new();
    private Action<LogLine>? _observers;
    private long _firstNumber;
    private long _characters;
    private bool _completed;
    private TaskCompletionSource? _changed;

    public void Append(OutputStreams stream, string text, bool isPartial = false) =>
        Append(new LogLine(DateTimeOffset.UtcNow, stream, text, isPartial));

    /// <summary>Adds the lines that the container had written before it was saved.</summary>
    public void Append(IReadOnlyList<LogLine> lines)
    {
        foreach (LogLine line in lines)
            Append(line);
    }

    /// <summary>
    /// Passes the lines since a time to an observer, and from now on each new line, on the thread that adds it. The observer sees a line
    /// before any reader does.
    /// </summary>
    public void Observe(DateTimeOffset since, Action<LogLine> observer)
    {
        lock (_appending)
        {
            foreach (LogLine line in Lines().Where(line => line.Timestamp >= since))
                observer(line);
            _observers += observer;
        }
    }

    private void Append(LogLine line)
    {
        lock (_appending)
        {
            _observers?.Invoke(line);
            Keep(line);
        }
    }

    private void Keep(LogLine line)
    {
        lock (_lock)
        {
            _lines.Enqueue(line);
            _characters += Weight(line);
            while (_characters > MaxCharacters && _lines.Count > 1)
            {
                _characters -= Weight(_lines.Dequeue());
                _firstNumber++;
            }

            Signal();
        }
    }

    // An empty line takes memory too.
    private static int Weight(LogLine line) => line.Text.Length + 32;

    /// <summary>Marks the log as complete: no more lines will come.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            Signal();
        }
    }

    /// <summary>Reopens the log because the process is started again: followers that begin from now on wait for its lines.</summary>
    public void Reopen()
    {
        lock (_lock)
            _completed = false;
    }

    /// <summary>Returns all lines that are kept.</summary>
    public IReadOnlyList<LogLine> Lines()
    {
        lock (_lock)
            return [.. _lines];
    }

    /// <summary>
    /// Returns the last lines, but not more text than evidence should hold: the oldest line is cut at that limit.
    /// </summary>
    public IReadOnlyList<string> Tail(int count)
    {
        var tail = new List<string>();
        lock (_lock)
        {
            int room = MaxTailCharacters;
            foreach (LogLine line in _lines.Reverse().Take(count))
            {
                if (room == 0)
                    break;
                tail.Add(line.Text.Length <= room ? line.Text : "…" + line.Text[^room..]);
                room -= Math.Min(room, line.Text.Length);
            }
        }

        tail.Reverse();
        return tail;
    }

    public string Text(OutputStreams stream)
    {
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (LogLine line in _lines)
            {
                if ((line.Stream & stream) != 0)
                    text.Append(line.Text).Append(line.IsPartial ? "" : "\n");
            }
        }

        return text.ToString();
    }

    public async IAsyncEnumerable<LogLine> ReadAsync(
        LogOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<LogLine>();
        long next = FirstOf(options);
        while (true)
        {
            Task changed;
            bool completed;
            lock (_lock)
            {
                batch.Clear();
                next = Math.Max(next, _firstNumber);
                batch.AddRange(_lines.Skip((int)(next - _firstNumber)));
                next += batch.Count;
                completed = _completed;
                changed = (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            foreach (LogLine line in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (line.Timestamp >= options.Until)
                    yield break;
                if (Matches(line, options))
                    yield return line;
            }

            if (!options.Follow || completed)
                yield break;

            await WaitAsync(changed, options.Until, cancellationToken).ConfigureAwait(false);
            if (DateTimeOffset.UtcNow >= options.Until && !changed.IsCompleted)
                yield break;
        }
    }

    private static bool Matches(LogLine line, LogOptions options) =>
        (line.Stream & options.Streams) != 0 && (options.Since is not { } since || line.Timestamp >= since);

    private long FirstOf(LogOptions options)
    {
        lock (_lock)
        {
            if (options.Tail is not { } tail)
                return _firstNumber;

            // The tail counts the lines that will be shown, without those that the other options hide.
            long number = _firstNumber + _lines.Count;
            foreach (LogLine line in _lines.Reverse())
            {
                if (Matches(line, options) && !(line.Timestamp >= options.Until) && tail-- == 0)
                    break;
                number--;
            }

            return number;
        }
    }

    private static async Task WaitAsync(Task changed, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        if (until is not { } end)
        {
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        TimeSpan rest = end - DateTimeOffset.UtcNow;
        if (rest <= TimeSpan.Zero)
            return;

        Task over = Task.Delay(rest, cancellationToken);
        await (await Task.WhenAny(changed, over).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private void Signal()
    {
        _changed?.TrySetResult();
        _changed = null;
    }
}
