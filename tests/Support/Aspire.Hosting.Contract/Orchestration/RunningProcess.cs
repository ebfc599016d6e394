using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>A process whose output goes to its resource's log. It owns the process.</summary>
internal sealed class RunningProcess
{
    private readonly Process _process;

    public RunningProcess(Process process, IReadOnlyDictionary<string, string> environment, ILogger logger)
    {
        _process = process;
        Environment = environment;
        Exited = RunAsync(logger);
    }

    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Ends with the exit code, after the last line of output.</summary>
    public Task<int> Exited { get; }

    public bool WasKilled { get; private set; }

    public void Kill()
    {
        WasKilled = true;
        _process.Kill(entireProcessTree: true);
    }

    private async Task<int> RunAsync(ILogger logger)
    {
        using Process process = _process;
        process.StandardInput.Close();
        await Task.WhenAll(
            CopyAsync(process.StandardOutput, line => logger.LogInformation("{Line}", line)),
            CopyAsync(process.StandardError, line => logger.LogError("{Line}", line)));
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static async Task CopyAsync(StreamReader reader, Action<string> log)
    {
        while (await reader.ReadLineAsync() is { } line)
            log(line);
    }
}
