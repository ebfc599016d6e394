using Islet.Containers;

namespace Islet.Testing;

/// <summary>Takes the lines that a container writes to a test's log, each with the container's name before it.</summary>
internal sealed class ContainerOutput : IAsyncDisposable
{
    // A disposed container's log ends with its machine; this only guards against one that does not.
    private static readonly TimeSpan s_endPatience = TimeSpan.FromSeconds(2);

    private readonly Container _container;
    private readonly CancellationTokenSource _ended = new();
    private readonly Action<string> _first;
    private volatile Action<string> _current;
    private Task _following;

    private ContainerOutput(Container container, DateTimeOffset since, Action<string> log)
    {
        _container = container;
        _first = _current = log;
        _following = FollowAsync(since);
    }

    /// <summary>Begins.</summary>
    /// <param name="container">Whose lines.</param>
    /// <param name="since">Older lines are left out: they are of another test, or of another test run.</param>
    /// <param name="log">Where they go until <see cref="Continue"/>, and when they can't go where that says.</param>
    public static ContainerOutput Follow(Container container, DateTimeOffset since, Action<string> log) => new(container, since, log);

    /// <summary>Lines go to another log from now on.</summary>
    public void Continue(Action<string> log) => _current = log;

    /// <summary>Goes on after a roll-back, which may have set a stopped container running again.</summary>
    public void Resume(DateTimeOffset since, Action<string> log)
    {
        Continue(log);
        if (_following.IsCompleted)
            _following = FollowAsync(since);
    }

    /// <summary>Writes what a person wants to know about the container of a failed test.</summary>
    public void WriteEvidence(Action<string> log)
    {
        Continue(log);
        Write($"{_container.State}; its start: {_container.Timeline}");
        IReadOnlyList<string> console = _container.ReadConsoleTail();
        if (console.Count == 0)
            return;

        Write("the machine's last console lines:");
        foreach (string line in console)
            Write("  " + line);
    }

    /// <summary>Waits for the last lines of a container that was disposed.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(_following, Task.Delay(s_endPatience, CancellationToken.None)).ConfigureAwait(false);
        await _ended.CancelAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    private async Task FollowAsync(DateTimeOffset since)
    {
        try
        {
            var options = new LogOptions { Follow = true, Since = since };
            await foreach (LogLine line in _container.ReadLogsAsync(options, _ended.Token).ConfigureAwait(false))
                Write(line.Text);
        }
        catch (OperationCanceledException)
        {
            // Nobody reads it any more.
        }
    }

    private void Write(string text)
    {
        string line = $"[{_container.Name}] {text}";
        try
        {
            _current(line);
        }
        catch (InvalidOperationException) when (_current != _first)
        {
            WriteFirst(line);
        }
        catch (InvalidOperationException)
        {
            // The test is over, and its log with it.
        }
    }

    private void WriteFirst(string line)
    {
        try
        {
            _first(line);
        }
        catch (InvalidOperationException)
        {
            // So is what enclosed it.
        }
    }
}
