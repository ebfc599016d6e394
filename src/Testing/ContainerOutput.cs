using Islet.Diagnostics;

namespace Islet.Testing;

/// <summary>Writes a container's lines to a test's log, each preceded by the container's name.</summary>
internal sealed class ContainerOutput
{
    // The maximum length of the container's lines, because a test's log is where they are read.
    private const int LongestLine = 64 * 1024;

    private readonly Container _container;
    private readonly Action<string> _first;
    private volatile Action<string> _current;

    /// <summary>Begins to write a container's lines to a log.</summary>
    /// <param name="container">The container whose lines are written.</param>
    /// <param name="since">The time before which lines are left out: they are of another test, or of another test run.</param>
    /// <param name="log">The log until <see cref="Continue"/> is called, and whenever the log given there refuses a line.</param>
    public ContainerOutput(Container container, DateTimeOffset since, Action<string> log)
    {
        _container = container;
        _first = _current = log;
        container.ObserveLog(since, line => Write(HarmlessText.Line(line.Text, LongestLine)));
    }

    /// <summary>Writes the following lines to another log.</summary>
    public void Continue(Action<string> log) => _current = log;

    /// <summary>Writes the evidence about the container of a failed test.</summary>
    public void WriteEvidence()
    {
        Write($"{_container.State}; its start: {_container.Timeline}");
        IReadOnlyList<string> console = _container.Machine.ReadConsoleTail();
        if (console.Count == 0)
            return;

        Write("the machine's last console lines:");
        foreach (string line in console)
            Write("  " + line);
    }

    private void Write(string text)
    {
        string line = $"[{_container.Name}] {text}";
        if (!TryWrite(_current, line))
            TryWrite(_first, line);
    }

    // The log of a test that has ended refuses lines, and that of an enclosing class may refuse them too.
    private static bool TryWrite(Action<string> log, string line)
    {
        try
        {
            log(line);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
