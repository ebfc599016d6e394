using System.Diagnostics;
using System.Xml.Linq;

namespace Islet.Testing.Tests;

/// <summary>
/// One run of a probe (tests/Support/FixtureProbes) by its own framework, in a separate process, and its reported results.
/// </summary>
internal sealed class ProbeRun
{
    private static readonly XNamespace s_trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    private ProbeRun(IReadOnlyList<ProbeResult> results, string console) => (Results, Console) = (results, console);

    public IReadOnlyList<ProbeResult> Results { get; }

    public string Console { get; }

    /// <summary>The only test with the given name.</summary>
    public ProbeResult this[string name] => Assert.Single(Results, result => result.Name == name);

    /// <summary>Runs a probe's tests.</summary>
    /// <param name="framework">The framework: <c>Xunit</c>, <c>NUnit</c>, <c>MSTest</c>.</param>
    /// <param name="filter">The tests to run; all when null.</param>
    /// <param name="environment">The environment variables to set for the process.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    public static async Task<ProbeRun> StartAsync(
        string framework, string? filter, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        DirectoryInfo results = Directory.CreateTempSubdirectory("islet-probe-");
        try
        {
            // All three can be run by VSTest, and then in one way, whatever global.json says of `dotnet test`.
            string[] arguments =
            [
                "vstest", AssemblyOf(framework), "--logger:trx;LogFileName=report.trx", $"--ResultsDirectory:{results.FullName}",
            ];
            string console = await RunAsync(
                filter is null ? arguments : [.. arguments, $"--TestCaseFilter:{filter}"], environment, cancellationToken);
            string report = Path.Combine(results.FullName, "report.trx");
            Assert.True(File.Exists(report), "The probe left no report:\n" + console);
            return new ProbeRun([.. XDocument.Load(report).Descendants(s_trx + "UnitTestResult").Select(Read)], console);
        }
        finally
        {
            results.Delete(recursive: true);
        }
    }

    // Relative to this test's own output: tests/Testing.Tests/bin/Release/net10.0.
    private static string AssemblyOf(string framework)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        string tests = output.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(tests, "Support", "FixtureProbes", framework, "bin", output.Parent.Name, output.Name, framework + "Probe.dll");
    }

    private static async Task<string> RunAsync(
        string[] arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        // Without a terminal: a background process that sets one up is stopped.
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return await output + await error;
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static ProbeResult Read(XElement result)
    {
        // xUnit reports the full name, the others report the name of the method.
        string name = result.Attribute("testName")!.Value;
        return new ProbeResult(
            name[(name.LastIndexOf('.') + 1)..],
            result.Attribute("outcome")!.Value,
            result.Descendants(s_trx + "StdOut").FirstOrDefault()?.Value ?? "",
            result.Descendants(s_trx + "Message").FirstOrDefault()?.Value ?? "");
    }
}

/// <summary>The result of a test as the framework reported it.</summary>
/// <param name="Name">The name of the method.</param>
/// <param name="Outcome">The outcome: <c>Passed</c>, <c>Failed</c>, <c>NotExecuted</c>.</param>
/// <param name="Output">The output of the test.</param>
/// <param name="Message">The reason why it failed or was skipped.</param>
internal sealed record ProbeResult(string Name, string Outcome, string Output, string Message);
