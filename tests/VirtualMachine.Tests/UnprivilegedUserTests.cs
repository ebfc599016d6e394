using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Islet.VirtualMachine.Tests.Containers;

namespace Islet.VirtualMachine.Tests;

/// <summary>
/// Runs the core of this suite again as a newly created user without capabilities or groups, and without any way to get them. Creating a
/// user takes root; elsewhere the whole suite runs unprivileged anyway.
/// </summary>
public sealed partial class UnprivilegedUserTests : IDisposable
{
    private const string Inner = "ISLET_TEST_INNER";

    private static readonly Type[] s_core = [typeof(LifecycleTests), typeof(ExecTests), typeof(CopyTests)];

    private readonly string _user = "islet" + Guid.NewGuid().ToString("N")[..8];
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("islet-user-");

    // The directory that contains shared/Microsoft.NETCore.App/VERSION.
    private static string DotnetRoot => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public async Task The_core_of_the_suite_passes_for_a_user_without_privileges()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Inner) is not null, "This is the inner run.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can make a user to run as.");
        TestRuntime.RequireMachines();
        await RunAsync("useradd", "--home-dir", _home.FullName, "--shell", "/bin/sh", _user);
        try
        {
            // The checkout may be in a place that only root can read.
            string suite = Path.Combine(_home.FullName, "suite");
            await RunAsync("cp", "-r", AppContext.BaseDirectory.TrimEnd('/'), suite);
            Directory.CreateDirectory(Path.Combine(_home.FullName, "artifacts", "images"));
            await RunAsync("cp", "-r", TestImages.Layout("debian"), Path.Combine(_home.FullName, "artifacts", "images", "debian"));
            await RunAsync("chown", "-R", _user, _home.FullName);

            string output = await RunAsync(
                "setpriv",
                [
                    "--reuid", _user, "--regid", _user, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs",
                    "env", "-i", $"HOME={_home.FullName}", $"PATH={Environment.GetEnvironmentVariable("PATH")}", $"{Inner}=1",
                    $"DOTNET_ROOT={DotnetRoot}", $"XDG_CACHE_HOME={Path.Combine(_home.FullName, "cache")}",
                    $"ISLET_RUN_DIRECTORY={_home.FullName}",
                    Path.Combine(suite, "Islet.VirtualMachine.Tests"), "-noColor",
                    .. s_core.SelectMany(type => new[] { "-class", type.FullName! }),
                ]);
            Match summary = Summary().Match(output);
            Assert.True(summary.Success, output);
            Assert.True(int.Parse(summary.Groups["total"].ValueSpan, provider: null) > 20, output);
            Assert.Equal("0", summary.Groups["failed"].Value);
            Assert.Equal("0", summary.Groups["skipped"].Value);
        }
        finally
        {
            await RunAsync("userdel", _user);
        }
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            // The present directory may be in a place that only root can read.
            WorkingDirectory = _home.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program}: {output}{await errors}");
        return output;
    }

    [GeneratedRegex(@"Total: (?<total>\d+),.*Failed: (?<failed>\d+), Skipped: (?<skipped>\d+)")]
    private static partial Regex Summary();
}
