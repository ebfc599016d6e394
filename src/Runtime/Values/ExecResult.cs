using Islet.Values;

namespace Islet;

/// <summary>The result of a command in a container.</summary>
/// <param name="Exit">The exit of its process.</param>
/// <param name="Stdout">The text of its standard output, as UTF-8.</param>
/// <param name="Stderr">The text of its standard error, as UTF-8; empty with a terminal, which has one stream.</param>
public sealed record ExecResult(ProcessExit Exit, string Stdout, string Stderr)
{
    /// <summary>The exit code; 128 + the signal's number when a signal ended it.</summary>
    public int ExitCode => Exit.ExitCode;

    /// <summary>
    /// Returns text such as <c>exit code 2 and "could not connect to server"</c>. It quotes the last line of the standard error or, if that
    /// is empty, of the standard output.
    /// </summary>
    public override string ToString()
    {
        string output = string.IsNullOrWhiteSpace(Stderr) ? Stdout : Stderr;
        string lastLine = output.TrimEnd();
        lastLine = lastLine[(lastLine.LastIndexOf('\n') + 1)..];
        return lastLine.Length == 0 ? $"exit code {ExitCode} and no output" : $"exit code {ExitCode} and {Excerpt.Quote(lastLine)}";
    }
}
