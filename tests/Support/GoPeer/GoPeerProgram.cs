using System.Diagnostics;

namespace Islet.Testing.GoPeer;

/// <summary>The result of a run of the peer.</summary>
/// <param name="ExitCode">The exit code: 0 when every step worked.</param>
/// <param name="Output">One line "ok STEP …" for each step that worked.</param>
/// <param name="Errors">The step that failed, and the reason.</param>
internal sealed record GoPeerRun(int ExitCode, string Output, string Errors)
{
    /// <summary>The steps that worked, in order.</summary>
    public IReadOnlyList<string> Steps { get; } =
        [.. Output.Split('\n').Where(line => line.StartsWith("ok ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];
}

/// <summary>
/// The independent peer: a Go program on HashiCorp's yamux and containerd's ttrpc, built once per test run from the sources next to the
/// tests. See main.go for its functions.
/// </summary>
internal sealed class GoPeerProgram
{
    // The path where Debian's -dev packages put their sources.
    private const string DebianSources = "/usr/share/gocode";

    private static readonly Lazy<Task<GoPeerProgram>> s_built = new(BuildAsync);

    private readonly string _path;

    private GoPeerProgram(string path) => _path = path;

    /// <summary>The reason why the peer can't be built here; <see langword="null"/> when it can.</summary>
    public static string? WhyUnavailable { get; } =
        !FindInPath("go") ? Missing("golang-go")
        : !Directory.Exists($"{DebianSources}/src/github.com/hashicorp/yamux") ? Missing("golang-github-hashicorp-yamux-dev")
        : !Directory.Exists($"{DebianSources}/src/github.com/containerd/ttrpc") ? Missing("golang-github-containerd-ttrpc-dev")
        : null;

    /// <summary>Returns the peer, which is built at the first call.</summary>
    public static Task<GoPeerProgram> GetAsync() => s_built.Value;

    /// <summary>Plays the host against an agent: GetInfo, a tunnel, and a process with its output, its exit and the event of it.</summary>
    /// <param name="socket">The unix socket with the agent's yamux connection behind it.</param>
    /// <param name="echoPort">A TCP port on the guest's 127.0.0.1 that sends back everything; 0 leaves the tunnel out.</param>
    /// <param name="command">A program that prints its arguments like echo, and its arguments.</param>
    /// <param name="cancellationToken">Ends the peer.</param>
    public Task<GoPeerRun> RunAgainstAgentAsync(string socket, int echoPort, string[] command, CancellationToken cancellationToken) =>
        RunAsync(_path, ["agent", socket, $"{echoPort}", .. command], [], cancellationToken);

    /// <summary>Plays a guest that connects to the socket and sends every stream back until the connection ends.</summary>
    public Task<GoPeerRun> RunEchoAsync(string socket, CancellationToken cancellationToken) =>
        RunAsync(_path, ["echo", socket], [], cancellationToken);

    private static async Task<GoPeerProgram> BuildAsync()
    {
        string sources = Path.Combine(AppContext.BaseDirectory, "GoPeer");
        string program = Path.Combine(sources, "go-peer");
        var environment = new Dictionary<string, string>
        {
            ["GO111MODULE"] = "off",
            ["GOPATH"] = DebianSources,
            ["GOFLAGS"] = "",
        };

        // Built under another name and moved into place, because another test process may be running the old one.
        string fresh = $"{program}-{Environment.ProcessId}";
        string[] arguments = ["build", "-o", fresh, .. Directory.GetFiles(sources, "*.go")];
        GoPeerRun build = await RunAsync("go", arguments, environment, CancellationToken.None);
        if (build.ExitCode != 0)
            throw new InvalidOperationException($"go build failed: {build.Errors}");

        File.Move(fresh, program, overwrite: true);
        return new GoPeerProgram(program);
    }

    private static async Task<GoPeerRun> RunAsync(
        string program, IEnumerable<string> arguments, Dictionary<string, string> environment, CancellationToken cancellationToken)
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
            return new GoPeerRun(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static string Missing(string package) => $"The independent peer can't be built here: install {package}.";

    private static bool FindInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
