namespace Islet.Containers.Waiting;

/// <summary>How a command that was run inside the container ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + the signal's number when a signal ended it.</param>
/// <param name="StandardOutput">What it wrote to its standard output.</param>
/// <param name="StandardError">What it wrote to its standard error.</param>
public sealed record CommandResult(int ExitCode, string StandardOutput, string StandardError)
{
    /// <summary><c>exit code 2 and "could not connect to server"</c>: the last line that it wrote, to its standard error first.</summary>
    public override string ToString()
    {
        string output = string.IsNullOrWhiteSpace(StandardError) ? StandardOutput : StandardError;
        string lastLine = output.TrimEnd();
        lastLine = lastLine[(lastLine.LastIndexOf('\n') + 1)..];
        return lastLine.Length == 0 ? $"exit code {ExitCode} and no output" : $"exit code {ExitCode} and {Excerpt.Quote(lastLine)}";
    }
}
