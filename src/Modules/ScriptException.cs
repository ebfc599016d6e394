using Islet.Diagnostics;

namespace Islet.Modules;

/// <summary>The failure of a script inside a container. Changes that it made before the failure may remain.</summary>
public sealed class ScriptException : ContainerOperationException
{
    private const int LongestOutput = 2000;

    internal ScriptException(string container, ExecResult result)
        : base($"The script failed in {container}: {Reason(result)} (exit code {result.ExitCode}).") => Result = result;

    /// <summary>The exit code and all output.</summary>
    public ExecResult Result { get; }

    // The output comes from the container: it may have any length and any content. A reason is at its end.
    private static string Reason(ExecResult result)
    {
        string output = (string.IsNullOrWhiteSpace(result.Stderr) ? result.Stdout : result.Stderr).Trim();
        if (output.Length == 0)
            return "it gave no reason";
        string line = HarmlessText.Line(output.AsSpan(Math.Max(0, output.Length - LongestOutput)), LongestOutput);
        return output.Length > LongestOutput ? "… " + line : line;
    }
}
