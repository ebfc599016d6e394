using Islet.Values;

namespace Islet;

/// <summary>What a command in a container gave.</summary>
/// <param name="Exit">How it ended.</param>
/// <param name="Stdout">What it wrote to its standard output, as UTF-8 text.</param>
/// <param name="Stderr">What it wrote to its standard error, as UTF-8 text; empty with a terminal, which has one stream.</param>
public sealed record ExecResult(ProcessExit Exit, string Stdout, string Stderr)
{
    /// <summary>The exit code; 128 + the signal's number when a signal ended it.</summary>
    public int ExitCode => Exit.ExitCode;

    /// <summary><c>exit code 2 and "could not connect to server"</c>: the last line that it wrote, to its standard error first.</summary>
    public override string ToString()
    {
        string output = string.IsNullOrWhiteSpace(Stderr) ? Stdout : Stderr;
        string lastLine = output.TrimEnd();
        lastLine = lastLine[(lastLine.LastIndexOf('\n') + 1)..];
        return lastLine.Length == 0 ? $"exit code {ExitCode} and no output" : $"exit code {ExitCode} and {Excerpt.Quote(lastLine)}";
    }
}
