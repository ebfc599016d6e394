using System.Diagnostics;

namespace Islet.Tests.Disks;

internal sealed record ToolResult(int ExitCode, string Output, string Error);

/// <summary>A program of the system that checks our output.</summary>
internal sealed class ExternalTool
{
    private readonly string _path;

    private ExternalTool(string path) => _path = path;

    /// <summary>Finds the program, or skips the test and names the package that contains it.</summary>
    public static ExternalTool Require(string name, string package)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':')
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{name} is not installed; it is in the package {package}.");
        return new ExternalTool(path!);
    }

    public ToolResult Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(_path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ToolResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
