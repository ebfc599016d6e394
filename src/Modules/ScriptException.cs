namespace Islet.Modules;

/// <summary>The failure of a script inside a container. Changes that it made before the failure may remain.</summary>
public sealed class ScriptException : ContainerOperationException
{
    internal ScriptException(string container, ExecResult result)
        : base($"The script failed in {container}: {Output(result)} (exit code {result.ExitCode}).") => Result = result;

    /// <summary>The exit code and all output.</summary>
    public ExecResult Result { get; }

    private static string Output(ExecResult result)
    {
        string output = (string.IsNullOrWhiteSpace(result.Stderr) ? result.Stdout : result.Stderr).Trim();
        return output.Length == 0 ? "it gave no reason" : output;
    }
}
