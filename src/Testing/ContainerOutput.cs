using Islet.Diagnostics;

namespace Islet.Testing;

/// <summary>Takes the lines that a container writes to a test's log, each with the container's name before it.</summary>
internal sealed class ContainerOutput
{
    // As long as the container's lines can be: a test's log is where they are read.
    private const int LongestLine = 64 * 1024;

    private readonly Container _container;
    private readonly Action<string> _first;
    private volatile Action<string> _current;

    /// <summary>Begins.</summary>
    /// <param name="container">Whose lines.</param>
    /// <param name="since">Older lines are left out: they are of another test, or of another test run.</param>
    /// <param name="log">Where they go until <see cref="Continue"/>, and when they can't go where that says.</param>
    public ContainerOutput(Container container, DateTimeOffset since, Action<string> log)
    {
        _container = container;
        _first = _current = log;
        container.ObserveLog(since, line => Write(HarmlessText.Line(line.Text, LongestLine)));
    }

    /// <summary>Lines go to another log from now on.</summary>
    public void Continue(Action<string> log) => _current = log;

    /// <summary>Writes what a person wants to know about the container of a failed test.</summary>
    public void WriteEvidence()
    {
        Write($"{_container.State}; its start: {_container.Timeline}");
        IReadOnlyList<string> console = _container.ReadConsoleTail();
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

    // The log of a test that is over refuses lines, and those of an enclosing class may too.
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
