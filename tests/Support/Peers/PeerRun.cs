using System.Diagnostics;

namespace Islet.Testing.Peers;

/// <summary>The result of a run of a peer.</summary>
/// <param name="ExitCode">The exit code: 0 when every step worked.</param>
/// <param name="Output">One line "ok STEP …" for each step that worked.</param>
/// <param name="Errors">The step that failed, and the reason.</param>
internal sealed record PeerRun(int ExitCode, string Output, string Errors)
{
    /// <summary>The steps that worked, in order.</summary>
    public IReadOnlyList<string> Steps { get; } =
        [.. Output.Split('\n').Where(line => line.StartsWith("ok ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];

    public static async Task<PeerRun> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new PeerRun(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    public static bool FindInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    public static string Missing(string package) => $"The independent peer can't be used here: install {package}.";
}
